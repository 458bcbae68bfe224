package weighbridge.lib.own

big(member) if member.sise > limit
