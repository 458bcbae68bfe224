package weighbridge.lib.member

big(member) if member.size > 1
