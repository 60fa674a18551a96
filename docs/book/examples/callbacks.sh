tcbctl platform callback verify ${URL:-http://127.0.0.1:3000/wechat/events}
