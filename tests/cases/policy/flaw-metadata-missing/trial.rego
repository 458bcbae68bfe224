package weighbridge.own.trial

deny contains {"at": 0, "offset": null, "with": {"what": "x"}} if input.artifact.size > 0
