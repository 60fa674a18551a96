# ANCHOR: lost
EMU=${EMU:-http://127.0.0.1:8099/_emu/v1}
curl -fsS -X PUT "$EMU/faults" \
  -d '{"faults": [{"target": "/tcb/createenvandresource", "kind": "commit_then_drop"}]}'
tcbctl env create lost                      # found again by reading the state back
tcbctl env list                             # one environment, not two
# ANCHOR_END: lost
