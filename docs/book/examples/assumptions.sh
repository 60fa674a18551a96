# ANCHOR: switch
EMU=${EMU:-http://127.0.0.1:8099/_emu/v1}
tcbctl explain A-005                        # what is open, and why the default is what it is
curl -fsS -X PUT "$EMU/assumptions/A-005" -d '{"variant": "at-once"}'
# ANCHOR_END: switch
