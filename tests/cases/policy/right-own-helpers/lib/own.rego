package weighbridge.lib.own

limit := 9

big(member) if member.size > limit

names(members) := [m.name | some m in members]
