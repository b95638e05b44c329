# SPDX-License-Identifier: LGPL-2.1-or-later
"""What fake_glance.py's Keystone and Glance know and answer, without HTTP."""
import errno
import http
import subprocess
import threading
import time
import urllib.parse
import uuid

STORES = [{"id": "fast", "type": "file"}, {"id": "cheap", "type": "file"},
          {"id": "reliable", "type": "file", "default": True},
          {"id": "web", "type": "http", "read-only": True}]
DEFAULTS = {"stores": STORES, "detail": True, "auth": True, "token_life": 3600,
            "scoped": True, "catalog": None, "hash_algo": "sha512",
            "expect": "continue", "admin": True, "import_polls": 2,
            "import_fail": [], "api_minor": 16, "show_locations": False,
            "service": False, "location_polls": 1, "location_fail": "",
            "keep": "", "ranges": "yes", "ceph": []}
PROJECT = "b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b"
READ_ONLY = ("size", "checksum", "stores", "locations", "location", "deleted")
PLAIN = ("id", "name", "disk_format", "container_format", "visibility",
         "protected", "os_hidden", "min_disk", "min_ram", "tags", "owner")


class State:
    def __init__(self):
        self.lock = threading.RLock()
        self.connections = 0
        self.gate = threading.Event()
        self.reset()

    def reset(self):
        self.config = dict(DEFAULTS)
        self.rules = []
        self.images = {}
        self.gone = set()
        self.tokens = {}
        self.tasks = {}
        self.log = []

    def open_gate(self):
        """Lets those go on who wait at it; later ones wait at a new one."""
        self.gate.set()
        self.gate = threading.Event()


STATE = State()


def stamp(when):
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when))
    return "%s.%06dZ" % (text, int(when % 1 * 1e6))


def answer_error(status, message):
    title = http.HTTPStatus(status).phrase
    return status, {"message": message + "<br /><br />\n\n\n",
                    "code": "%d %s" % (status, title), "title": title}


BUSY = "in use"
DENIED = "Internal Server Error"
SIZE = "4096"  # of whatever is said to be in Ceph, where there is none


def ask_ceph(what, url):
    """What the tool of the fake Ceph answers, as Glance's user: the size of the
    image at that URL, or that it was deleted; or what was wrong."""
    if not STATE.config["ceph"]:
        return SIZE
    pool, image, snapshot = map(urllib.parse.unquote, url.split("/")[3:])
    name = "%s/%s" % (pool, image)
    done = subprocess.run(
        STATE.config["ceph"] + [what, name + "@" + snapshot if what == "size"
                                else name], stdout=subprocess.PIPE, text=True)
    return {0: done.stdout.strip(), errno.EPERM: DENIED, errno.EBUSY: BUSY,
            errno.ENOTEMPTY: BUSY}.get(done.returncode, "Invalid location")


class Keystone:
    """What POST /v3/auth/tokens answers: (status, json, token)."""

    @staticmethod
    def who(identity):
        method = identity["methods"][0]
        given = identity[method]
        if method == "password":
            user = given["user"]
            if "id" not in user and "domain" not in user:
                return 400
            good = user.get("name", user.get("id")) == "demo"
            return 0 if good and user["password"] == "secret" else 401
        if method == "application_credential":
            if "id" not in given and "domain" not in given["user"]:
                return 400
            good = given.get("id", given.get("name")) == "app"
            return 0 if good and given["secret"] == "secret" else 401
        return 0 if given["id"] in STATE.tokens else 401

    @staticmethod
    def catalog(base):
        endpoints = STATE.config["catalog"]
        if endpoints is None:
            endpoints = [{"interface": i, "region": "RegionOne",
                          "url": "{base}"} for i in ("admin", "public")]
        endpoints = [dict(e, url=e["url"].replace("{base}", base),
                          region_id=e["region"]) for e in endpoints]
        return [{"type": "identity", "name": "keystone", "endpoints": []},
                {"type": "image", "name": "glance", "endpoints": endpoints}]

    @classmethod
    def sign_in(cls, body, base):
        refused = {"error": {"code": 401, "title": "Unauthorized", "message":
                             "The request you have made requires "
                             "authentication."}}
        try:
            auth = body["auth"]
            status = cls.who(auth["identity"])
        except (KeyError, TypeError, IndexError):
            status = 400
        if status == 400:
            return 400, {"error": {"code": 400, "title": "Bad Request",
                                   "message": "Invalid input"}}, None
        by_app = auth["identity"]["methods"] == ["application_credential"]
        project = auth.get("scope", {}).get("project", {})
        if status == 401 or (by_app and "scope" in auth) or project.get(
                "name", project.get("id", "demo")) not in ("demo", PROJECT):
            return 401, refused, None
        now = time.time()
        life = STATE.config["token_life"]
        token = "fake-" + uuid.uuid4().hex
        STATE.tokens[token] = now + life
        answer = {"issued_at": stamp(now), "expires_at": stamp(now + life),
                  "methods": auth["identity"]["methods"],
                  "user": {"id": "u1", "name": "demo"}}
        if STATE.config["scoped"] and (by_app or "scope" in auth):
            answer["project"] = {"id": PROJECT, "name": "demo"}
            answer["catalog"] = cls.catalog(base)
        return 201, {"token": answer}, token


class Images:
    """Glance's records and what may be done with them."""

    @staticmethod
    def stores():
        return STATE.config["stores"]

    @classmethod
    def store_ids(cls):
        return [s["id"] for s in cls.stores()]

    @classmethod
    def list_stores(cls, detail):
        if not cls.stores():
            return answer_error(404, "Multi backend is not supported at this "
                                     "site.")
        if detail and not STATE.config["detail"]:
            return answer_error(403, "You are not authorized to complete "
                                     "stores_info_detail action.")
        listed = []
        for store in cls.stores():
            entry = {"id": store["id"]}
            for key in ("default", "read-only"):
                if store.get(key):
                    entry[key] = "true"
            if detail:
                entry["type"] = store.get("type", "file")
                entry["properties"] = {k: store[k] for k in ("fsid", "pool")
                                       if k in store}
            listed.append(entry)
        return 200, {"stores": listed}

    @staticmethod
    def create(body):
        if not isinstance(body, dict):
            return answer_error(400, "Malformed JSON in request body.")
        for key, value in body.items():
            if key in READ_ONLY or key.startswith("os_glance"):
                return answer_error(403, "Attribute '%s' is read-only." % key)
            if key not in PLAIN and not isinstance(value, str):
                return answer_error(400, "Provided object does not match "
                                    "schema 'image': %r is not of type "
                                    "'string'" % (value,))
        if body.get("owner", PROJECT) != PROJECT and not STATE.config["admin"]:
            return answer_error(403, "You are not permitted to create images "
                                     "owned by '%s'." % body["owner"])
        ident = body.get("id", str(uuid.uuid4()))
        if ident in STATE.images or ident in STATE.gone:
            return answer_error(409, "Image ID %s already exists!" % ident)
        now = stamp(time.time())
        record = {"name": None, "disk_format": None, "container_format": None,
                  "visibility": "shared", "protected": False, "min_disk": 0,
                  "min_ram": 0, "tags": [], "owner": PROJECT, "size": None,
                  "status": "queued", "checksum": None, "os_hash_algo": None,
                  "os_hash_value": None, "created_at": now, "updated_at": now}
        record.update(body, id=ident)
        STATE.images[ident] = record
        return 201, dict(record)

    @staticmethod
    def fits(value, wanted):
        return (value in wanted[len("in:"):].split(",")
                if wanted.startswith("in:") else value == wanted)

    @classmethod
    def list_images(cls, query):
        """Those that all filters of the query fit, newest first, in one page."""
        wanted = {k: v for k, v in query.items()
                  if k not in ("limit", "sort", "marker")}
        # (Of several that were made in a second, the later one is newer.)
        found = [cls.get(ident)[1] for ident in reversed(STATE.images)]
        since = wanted.pop("created_at", "gte:")[len("gte:"):]
        found = [r for r in found if r.get("created_at", "") >= since and all(
            k in ("visibility", "owner") or cls.fits(r.get(k), v)
            for k, v in wanted.items())]
        return 200, {"images": sorted(
            found, key=lambda r: r.get("created_at", ""), reverse=True)}

    @staticmethod
    def get(ident):
        record = STATE.images.get(ident)
        if record is None:
            return answer_error(404, "No image found with ID %s" % ident)
        if record.get("_settle", 1e18) < time.time():
            record["status"] = record["_settle_as"]
            del record["_settle"]
        if "_url" in record:
            Images.step_location(record)
        else:
            Images.step_import(record)
        shown = {k: v for k, v in record.items() if k[0] != "_"}
        if STATE.config["show_locations"]:
            shown["locations"] = list(record.get("_locations", []))
        return 200, shown

    @staticmethod
    def delete(ident):
        record = STATE.images.get(ident)
        if record is None:
            return answer_error(404, "Failed to find image %s to delete"
                                % ident)
        if record["protected"]:
            return answer_error(403, "Image %s is protected and cannot be "
                                "deleted." % ident)
        for location in record.get("_locations", []):
            if ask_ceph("delete", location["url"]) == BUSY:
                return answer_error(409, "Image %s could not be deleted "
                                    "because it is in use" % ident)
        del STATE.images[ident]
        STATE.gone.add(ident)
        return 204, None

    @classmethod
    def check_upload(cls, ident, headers):
        """None, or why the upload is refused before its data is read."""
        store = headers.get("x-image-meta-store")
        if store and store not in cls.store_ids() and not store.startswith(
                "os_glance_"):
            return answer_error(400, "Store for identifier %s not found"
                                % store)
        if headers.get("content-type") != "application/octet-stream":
            return answer_error(415, "Unsupported content type")
        status, record = cls.get(ident)
        if status != 200:
            return status, record
        if record["status"] != "queued":
            return answer_error(409, "Image status transition from %s to "
                                "saving is not allowed" % record["status"])
        if any(s["id"] == store and s.get("read-only") for s in cls.stores()):
            return answer_error(410, "Error in store configuration. Adding "
                                     "images to store is disabled.")
        return None

    @classmethod
    def finish(cls, ident, headers, size, sums):
        record = STATE.images.get(ident)
        if record is None:
            return answer_error(410, "Image %s could not be found after "
                                     "upload." % ident)
        algo = STATE.config["hash_algo"]
        default = [s["id"] for s in cls.stores() if s.get("default")]
        store = headers.get("x-image-meta-store") or "".join(default)
        record.update(status="active", size=size, updated_at=stamp(
            time.time()), checksum=sums["md5"].hexdigest())
        if algo:
            record.update(os_hash_algo=algo,
                          os_hash_value=sums[algo].hexdigest())
        if cls.stores():
            record["stores"] = store
        return 204, None

    @classmethod
    def locate(cls, record, url):
        """Gives a record its location; or what is wrong with it. Once the
        store is known its size is, as Ceph would tell."""
        for store in cls.stores():
            prefix = "rbd://%s/%s/" % (store.get("fsid"), store.get("pool"))
            if not str(url).startswith(prefix):
                continue
            size = ask_ceph("size", url)
            if not size.isdigit():
                return size
            held = record.setdefault("_locations", [])
            if url in [location["url"] for location in held]:
                return "The location %s already exists" % url
            held.append({"url": url, "metadata": {"store": store["id"]}})
            record.update(size=int(size), stores=store["id"],
                          updated_at=stamp(time.time()))
            return None
        return "Invalid location"

    @classmethod
    def patch(cls, ident, changes, kind):
        status, record = cls.get(ident)
        if status != 200:
            return status, record
        if kind != "application/openstack-images-v2.1-json-patch":
            return answer_error(415, "Unsupported media type")
        record = STATE.images[ident]
        for change in changes:
            if (change["op"], change["path"]) == ("replace", "/protected"):
                record["protected"] = change["value"]
                continue
            if (change["op"], change["path"]) != ("add", "/locations/-"):
                return answer_error(400, "The fake adds locations and protects only")
            if not STATE.config["show_locations"]:
                return answer_error(403, "It's not allowed to add locations "
                                         "if locations are invisible.")
            if record["status"] not in ("queued", "active"):
                return answer_error(409, "It's not allowed to add locations "
                                    "if image status is %s."
                                    % record["status"])
            wrong = cls.locate(record, change["value"]["url"])
            if wrong:
                return answer_error(500 if wrong == DENIED else 400, wrong)
            record["status"] = "active"
        return cls.get(ident)

    @classmethod
    def share(cls, ident, member, body, method):
        """POST …/members, or PUT …/members/MEMBER."""
        status, record = cls.get(ident)
        if status != 200:
            return status, record
        members = STATE.images[ident].setdefault("_members", {})
        if method == "POST":
            member = body["member"]
            if record["visibility"] != "shared":
                return answer_error(403, "Only shared images have members.")
            if member in members:
                return answer_error(409, "Duplicate member")
            members[member] = "pending"
        elif not STATE.config["admin"]:
            return answer_error(403, "Not allowed to update members")
        else:
            members[member] = body["status"]
        return 200, {"member_id": member, "status": members[member]}

    @classmethod
    def post_location(cls, ident, body):
        status, record = cls.get(ident)
        if status != 200:
            return status, record
        record = STATE.images[ident]
        if record["status"] != "queued":
            return answer_error(409, "It's not allowed to add locations if "
                                "image status is %s." % record["status"])
        if not STATE.config["service"]:
            return answer_error(403, "http store must be enabled to use "
                                     "location API by normal user.")
        if "os_glance_import_task" in record:
            return answer_error(409, "Image has active task")
        if set(body) - {"url", "validation_data"}:
            return answer_error(400, "Additional properties are not allowed")
        task = str(uuid.uuid4())
        record.update(os_glance_import_task=task, _polls=0, _url=body["url"])
        STATE.tasks.setdefault(ident, []).append(
            {"id": task, "type": "location_import", "status": "processing",
             "message": "", "created_at": stamp(time.time())})
        return 202, None

    @classmethod
    def step_location(cls, record):
        """The task goes on with every GET of its image."""
        record["_polls"] += 1
        if record["_polls"] < STATE.config["location_polls"]:
            return
        wrong = STATE.config["location_fail"] or cls.locate(
            record, record["_url"])
        task = STATE.tasks[record["id"]][-1]
        task["status"] = "failure" if wrong else "success"
        task["message"] = wrong or ""
        if STATE.config["location_fail"]:
            record["size"] = 4096  # it was there, and was popped again
        del record["os_glance_import_task"], record["_url"]
        if not wrong:
            record["status"] = "active"

    @classmethod
    def start_import(cls, ident, body):
        status, record = cls.get(ident)
        if status != 200:
            return status, record
        record = STATE.images[ident]
        held = [s for s in record.get("stores", "").split(",") if s]
        wanted = body.get("stores", [])
        if body.get("method", {}).get("name") != "copy-image":
            return answer_error(400, "Unknown import method")
        if not STATE.config["admin"]:
            return answer_error(403, "Only admin can copy this image")
        if record["status"] != "active":
            return answer_error(409, "Only images with status active can be "
                                     "targeted for copying")
        if set(held) & set(wanted):
            return answer_error(400, "Image is already present at store(s)")
        if set(wanted) - set(cls.store_ids()):
            return answer_error(409, "Unknown store")
        if "os_glance_import_task" in record:
            return answer_error(409, "Image has active task")
        task = str(uuid.uuid4())
        record.update(os_glance_import_task=task, _wanted=wanted, _polls=0)
        STATE.tasks.setdefault(ident, []).append(
            {"id": task, "type": "api_image_import", "status": "processing",
             "message": "", "created_at": stamp(time.time())})
        return 202, None

    @staticmethod
    def step_import(record):
        """A copy goes on with every GET of its image."""
        if "os_glance_import_task" not in record:
            return
        record["_polls"] += 1
        if record["_polls"] == 2:
            record["os_glance_importing_to_stores"] = ",".join(
                record["_wanted"])
            record["os_glance_failed_import"] = ""
        if record["_polls"] <= STATE.config["import_polls"]:
            return
        failed = [s for s in record["_wanted"]
                  if s in STATE.config["import_fail"]]
        held = record["stores"].split(",")
        record["stores"] = ",".join(
            held + [s for s in record["_wanted"] if s not in failed])
        record["os_glance_importing_to_stores"] = ""
        record["os_glance_failed_import"] = ",".join(failed)
        del record["os_glance_import_task"]
        task = STATE.tasks[record["id"]][-1]
        task["status"] = "failure" if failed else "success"
        task["message"] = "Task failed due to Internal Error" if failed else ""
