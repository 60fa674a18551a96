# ANCHOR: where
BASE=${BASE:-http://127.0.0.1:8099}   # in the place of https://api.weixin.qq.com
EMU=${EMU:-$BASE/_emu/v1}             # what the console of the platform and its people do
post() { curl -fsS -H 'Content-Type: application/json' "$@"; }
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }   # one member of an answer
# ANCHOR_END: where

# ANCHOR: component
APPID=$(curl -fsS "$EMU/health" | member component_appid)
SECRET=$(curl -fsS "$EMU/components" | member component_appsecret)
TICKET=$(curl -fsS "$EMU/components/$APPID/ticket" | member component_verify_ticket)
CAT=$(post "$BASE/cgi-bin/component/api_component_token" -d "{\"component_appid\": \"$APPID\",
    \"component_appsecret\": \"$SECRET\", \"component_verify_ticket\": \"$TICKET\"}" | member component_access_token)
echo "the platform's token: $CAT"
# ANCHOR_END: component

# ANCHOR: merchant
LINK=$(post "$BASE/cgi-bin/component/api_create_preauthcode?access_token=$CAT" \
    -d "{\"component_appid\": \"$APPID\"}" | member pre_auth_code)
MERCHANT=$(post -X POST "$EMU/merchants" | member appid)        # a merchant appears,
CODE=$(post "$EMU/authorizations" -d "{\"authorizer_appid\": \"$MERCHANT\",
    \"pre_auth_code\": \"$LINK\"}" | member auth_code)          # scans the link and agrees
TOKEN=$(post "$BASE/cgi-bin/component/api_query_auth?access_token=$CAT" -d "{\"component_appid\": \"$APPID\",
    \"authorization_code\": \"$CODE\"}" | member authorizer_access_token)
echo "the token of $MERCHANT: $TOKEN"
# ANCHOR_END: merchant

# ANCHOR: cloud
post "$BASE/tcb/createclouduser?access_token=$TOKEN" -d '{}'      # -601049: the administrator is asked,
post -X POST "$EMU/prompts/$(curl -fsS "$EMU/prompts" | sed -n 's/.*"id":\([0-9]*\).*/\1/p'):approve"   # and agrees
post "$BASE/tcb/createclouduser?access_token=$TOKEN" -d '{}'      # 0
post "$BASE/tcb/createenvandresource?access_token=$TOKEN" -d '{"type": "CreatePostpayPackage", "alias": "shop"}'
# ANCHOR_END: cloud

# ANCHOR: faults
post -X PUT "$EMU/faults" -d '{"faults": [{"target": "/tcb/getenvinfo", "kind": "errcode", "code": -1}]}'
post "$BASE/tcb/getenvinfo?access_token=$TOKEN" -d '{}'           # -1, this once
# ANCHOR_END: faults

# ANCHOR: clock
post "$EMU/clock:advance" -d '{"by": 7200}'
ANSWER=$(post "$BASE/tcb/getenvinfo?access_token=$TOKEN" -d '{}')
echo "$ANSWER"                                                    # 42001: the token has run out
# ANCHOR_END: clock

# ANCHOR: trace
RID=$(echo "$ANSWER" | sed -n 's/.*rid: \([-0-9a-f]*\).*/\1/p')
curl -fsS "$EMU/trace/$RID"
# ANCHOR_END: trace

# ANCHOR: findings
curl -fsS "$EMU/findings"   # {"findings":[]}
# ANCHOR_END: findings
