# ANCHOR: first
cargo install tcbctl --locked     # in a checkout: cargo install --path crates/tcbctl --locked
tcbctl demo
# ANCHOR_END: first

# ANCHOR: postgres
cargo install --path crates/tcbctl --features postgres
tcbctl fleet apply --journal env:FLEET_DATABASE --stay     # on each machine
# ANCHOR_END: postgres
