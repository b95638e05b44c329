-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The HAProxy action lua.virt_glance_choose asks "virt-glance choose --listen" which
-- store an upload to Glance belongs in. It sets the variables
--   txn.choose        the outcome; "away" if there was no good answer
--   txn.choose_store  the store, if one is to be set
--   txn.choose_error, txn.choose_error_type   the answer to the upload, if a store that
--                     was named is not there: for the service lua.virt_glance_refuse
-- HAProxy has not read the upload's data by then. HAProxy 2.6 or later, with Lua.
local address = os.getenv("VIRT_GLANCE_CHOOSE") or "http://127.0.0.1:8777"
local timeout = 3000 -- ms; virt-glance answers within 2,000 (--timeout)

-- Headers of the upload that are not the question's.
local own = {
  ["connection"] = true, ["content-length"] = true, ["content-type"] = true,
  ["expect"] = true, ["host"] = true, ["transfer-encoding"] = true,
  ["x-original-method"] = true, ["x-original-uri"] = true,
}

local function get_header(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0]
end

-- Nova shows its users the error of a 400, as Glance answers for an unknown store;
-- of a 403 it says nothing.
local function keep_error(txn, answer)
  txn:set_var("txn.choose_error", (answer.body:gsub("403 Forbidden", "400 Bad Request")))
  txn:set_var("txn.choose_error_type", get_header(answer, "content-type") or "text/plain")
end

-- Clients like Nova's read no answer before they have sent all their data: they are
-- read, and go nowhere.
local function refuse(applet)
  local body = applet:get_var("txn.choose_error")
  if not applet.headers["expect"] then
    repeat
      local data = applet:receive(65536)
    until #data == 0
  end
  applet:set_status(400)
  applet:add_header("content-type", applet:get_var("txn.choose_error_type"))
  applet:add_header("content-length", tostring(#body))
  applet:start_response()
  applet:send(body)
end

local function choose(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not own[name] then
      headers[name] = values
    end
  end
  headers["x-forwarded-method"] = { txn.sf:method() }
  headers["x-forwarded-uri"] = { txn.sf:path() }
  local done, answer = pcall(function()
    return core.httpclient():get({ url = address, headers = headers, timeout = timeout })
  end)
  local outcome = done and answer and answer.status
    and get_header(answer, "x-virt-glance-outcome")
  if not outcome then
    txn:set_var("txn.choose", "away")
    txn:Warning("virt-glance choose does not answer: Glance's default store is used")
    return
  end
  txn:set_var("txn.choose", outcome)
  local store = get_header(answer, "x-image-meta-store")
  if store then
    txn:set_var("txn.choose_store", store)
  elseif answer.status == 403 then
    keep_error(txn, answer)
  end
end

core.register_action("virt_glance_choose", { "http-req" }, choose)
core.register_service("virt_glance_refuse", "http", refuse)
