# ANCHOR: here
tcbctl emu start
# ANCHOR_END: here

# ANCHOR: beside
tcbctl emu start &      # http://127.0.0.1:8099; it prints the credentials of its platform
# ANCHOR_END: beside

# ANCHOR: merchants
tcbctl emu start --merchants 200 &
# ANCHOR_END: merchants

# ANCHOR: otherwise
tcbctl emu start --snapshot state.json      # as it was when `tcbctl emu snapshot export` wrote this
tcbctl emu start --tls ca.pem               # HTTPS too, for programs whose hosts are hard-coded
tcbctl emu start --listen 0.0.0.0:8099 --allow-remote env:EMU_TOKEN   # for other machines, with a token
# ANCHOR_END: otherwise
