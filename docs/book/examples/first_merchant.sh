# ANCHOR: cloud
tcbctl cloud open || test $? -eq 8          # exit code 8: the administrator is asked
tcbctl emu approve 1                        # be the administrator
tcbctl cloud open                           # opened
# ANCHOR_END: cloud

# ANCHOR: env
export TCBCTL_ENV=$(tcbctl env create shop -o name)
tcbctl env list
# ANCHOR_END: env

# ANCHOR: function
tcbctl deploy init shop                     # writes a blueprint and a sample function
tcbctl function deploy shop/functions/hello --invoke '{"a": 1}'
# ANCHOR_END: function

# ANCHOR: script
EMU=${EMU:-http://127.0.0.1:8099/_emu/v1}
curl -fsS -X PUT "$EMU/scripts" -d '{"scripts": [{"function": "hello", "answer": "{\"sum\":3}"}]}'
tcbctl function invoke hello --data '{"a": 1, "b": 2}'
# ANCHOR_END: script

# ANCHOR: look
tcbctl auth show
tcbctl function list -o json
tcbctl explain createEnv
tcbctl explain 40001
# ANCHOR_END: look
