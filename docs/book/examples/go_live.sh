tcbctl doctor
tcbctl platform callback verify ${URL:-https://your.host/wechat/events}
