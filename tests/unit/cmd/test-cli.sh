#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The built program's command line: options, exit statuses, and output, which is
# one line of text or valid JSON for any input. Prints TAP.
set -u

srcdir=$(cd "${VG_SRCDIR:-$(dirname "$0")/../../..}" && pwd)
program=${VG_BUILDDIR:-$srcdir/build}/virt-glance
data=$srcdir/tests/data/domain
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
esc=$'\e'
input=/dev/null
locale=C.UTF-8
uri=
sanitized=$(grep -lF __asan_init "$program")

cat >"$tmp/conf" <<EOF
[DEFAULT]
state_path = $tmp/state
runtime_path = $tmp/run
[glance]
num_retries = 0
EOF

tests=0
failures=0
# result NAME PROBLEM: passes if PROBLEM is empty.
result() {
    tests=$((tests + 1))
    if [[ -z $2 ]]; then
        echo "ok $tests $1"
    else
        echo "# ${2//$'\n'/$'\n# '}" | tr -d '\000-\011\013-\037'
        echo "not ok $tests $1"
        failures=$((failures + 1))
    fi
}

# Independent of the caller's clouds, libvirt and locale. A memory limit, except
# with sanitizers.
run() {
    (
        [[ -n $sanitized ]] || ulimit -v 4000000
        exec env -i PATH="$PATH" HOME="$tmp" LC_ALL="$locale" TZ=UTC \
            ${uri:+LIBVIRT_DEFAULT_URI="$uri"} \
            G_DEBUG=fatal-criticals timeout 300 \
            "$program" --config "$tmp/conf" "$@" \
            >"$tmp/out" 2>"$tmp/err" <"$input"
    )
    status=$?
}

# No control characters except line breaks.
controls() {
    LC_ALL=C.UTF-8 grep -qP \
        '[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]' \
        "$1" && echo "controls in $1"
    LC_ALL=C.UTF-8 iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 ||
        echo "$1 is not UTF-8"
}

# refused NAME STATUS TEXT ARGUMENT…: fails with STATUS, one line on stderr that
# contains TEXT, and nothing on stdout; with --json the error.
refused() {
    local name=$1 wanted=$2 text=$3 problem=""

    shift 3
    run "$@"
    ((status == wanted)) || problem+="exit status $status, not $wanted"$'\n'
    [[ $(wc -l <"$tmp/err") == 1 ]] || problem+="not one line of stderr"$'\n'
    [[ $(<"$tmp/err") == "virt-glance: "* ]] || problem+="no name in front"$'\n'
    grep -qF -e "$text" "$tmp/err" || problem+="no '$text' in it"$'\n'
    if [[ " $* " == *" --json "* ]]; then
        problem+=$(is_json "list(j['error']) == ['code', 'message', 'hint'] and len(j) == 2")
    elif [[ -s $tmp/out ]]; then
        problem+="something on stdout"$'\n'
    fi
    problem+=$(controls "$tmp/err")
    [[ -z $problem ]] || problem+=$'\n'$(head -c 2000 "$tmp/err")
    result "$name" "$problem"
}

# works NAME TEXT ARGUMENT…: succeeds, with TEXT on stdout, and nothing on
# stderr.
works() {
    local name=$1 text=$2 problem=""

    shift 2
    run "$@"
    ((status == 0)) || problem+="exit status $status"$'\n'
    [[ ! -s $tmp/err ]] || problem+="on stderr: $(head -c 500 "$tmp/err")"$'\n'
    grep -qF -e "$text" "$tmp/out" || problem+="no '$text' in it"$'\n'
    problem+=$(controls "$tmp/out")
    [[ -z $problem ]] || problem+=$'\n'$(head -c 2000 "$tmp/out")
    result "$name" "$problem"
}

# is_json EXPRESSION: stdout is JSON, and the Python expression is true for j.
is_json() {
    /usr/bin/python3 -c "
import json, sys
j = json.loads(open('$tmp/out', 'rb').read())
sys.exit(not ($1))" 2>&1 || echo "not so in the JSON: $1"
}

# json NAME EXPRESSION ARGUMENT…
json() {
    local name=$1 expression=$2 problem=""

    shift 2
    run --json "$@"
    ((status == 0)) || problem+="exit status $status"$'\n'
    [[ ! -s $tmp/err ]] || problem+="on stderr: $(head -c 500 "$tmp/err")"$'\n'
    problem+=$(is_json "$expression")
    result "$name" "$problem"
}

# full NAME ARGUMENT…: with a full standard output, fails with one line of text.
full() {
    local name=$1 problem=""

    shift
    ln -sf /dev/full "$tmp/out"
    run "$@"
    rm "$tmp/out"
    ((status == 1)) || problem+="exit status $status"$'\n'
    [[ $(grep -v ^warning: "$tmp/err") == "virt-glance: the result can't be \
written to standard output: No space left on device" ]] ||
        problem+="on stderr: $(cat "$tmp/err")"
    result "$name > /dev/full" "$problem"
}

put() {
    printf '%s' "$2" >"$tmp/$1"
}

# Commands and options

run
problem=$(controls "$tmp/err")
((status == 2)) || problem+="exit status $status"
grep -q '^Usage: virt-glance' "$tmp/err" || problem+="no usage on stderr"
[[ ! -s $tmp/out ]] || problem+="something on stdout"
result "no command" "$problem"

works "--help" "Usage: virt-glance" --help
works "-h" "snapshot" -h
works "--version" "virt-glance " --version
run --help
mapfile -t commands < <(sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' "$tmp/out")
result "--help lists commands" "$( ((${#commands[@]} >= 8)) || cat "$tmp/out")"
for command in "${commands[@]}"; do
    works "$command --help" "Usage:" "$command" --help
    works "$command -h" "virt-glance $command" "$command" -h
done

works "backup --help says what it is" "create a backup of a domain" backup --help
works "units in --help" "KiB" snapshot --help

works "-v" "virt-glance " -v
works "help" "Usage: virt-glance" help
works "help of a command" "create a backup of a domain" help backup
works "help of help" "Usage: virt-glance" help help
refused "help of no command" 2 "there is no command 'backups'; did you mean 'backup'?" help backups
refused "help of two" 2 "for one command" help backup snapshot
refused "unknown command" 2 "there is no command 'undefine'; 'virt-glance --help' lists them" \
    undefine guest
refused "mistyped command" 2 "there is no command 'snapshoot'; did you mean 'snapshot'?" \
    snapshoot guest
refused "empty command" 2 "there is no command ''" ""
refused "command with an escape" 2 "no command '\\x1b[31m\\x0ax'" \
    "${esc}[31m"$'\n'x
refused "command that isn't UTF-8" 2 "'\\xff'" $'\xff'
refused "argument that isn't UTF-8" 2 "'guest\\xff' is not UTF-8" snapshot $'guest\xff'
refused "URI that isn't UTF-8" 2 "'qemu:///\\xff' is not UTF-8" -c $'qemu:///\xff' jobs
refused "file name that isn't UTF-8" 2 "'/\\xff' is not UTF-8" --config $'/\xff' jobs
uri=$'\xff' refused "environment that isn't UTF-8" 2 \
    "LIBVIRT_DEFAULT_URI is not UTF-8" jobs
refused "unknown option in front" 2 "--nope" --nope jobs
refused "unknown option behind" 2 "--nope" jobs --nope
refused "unknown option with an escape" 2 '\x1b' jobs "--${esc}[31m"
refused "option without its value" 2 "--store" inspect --xml /dev/null --store
refused "snapshot without a domain" 2 "an argument is missing" snapshot
refused "snapshot of too much" 2 "too many arguments" snapshot a b c
refused "inspect of nothing" 2 "either a domain or --xml" inspect
refused "inspect of two things" 2 "either a domain or --xml" \
    inspect guest --xml "$data/plain.xml"
refused "stores of something" 2 "too many arguments" stores fast
refused "jobs of something" 2 "too many arguments" jobs 1
refused "recover of two" 2 "too many arguments" recover 1 2
refused "recover of no job" 1 "unknown job 1" recover 1
run _thaw
result "the guardian's command by hand" "$( ((status == 2)) || echo $status)"

# Values of options

plain=(inspect --xml "$data/plain.xml")
refused "--quiesce" 2 "--quiesce is auto, require or never, not 'maybe'" \
    "${plain[@]}" --quiesce maybe
refused "--compress" 2 "'maybe' can't be a compression: use none, zlib, zlib:1 to zlib:9, zstd, or zstd:1 to zstd:19" \
    "${plain[@]}" --compress maybe
refused "--encrypted" 2 "--encrypted is refuse, keep or decrypt, not 'maybe'" \
    "${plain[@]}" --encrypted maybe
refused "--format" 2  "--format is raw or qcow2, not 'vmdk'" "${plain[@]}" --format vmdk
refused "--property" 2 "KEY=VALUE" "${plain[@]}" --property novalue
refused "--property of Glance" 2 "id" "${plain[@]}" --property id=5
refused "--visibility" 2 "private, shared, community or public, not 'all'" \
    "${plain[@]}" --visibility all
long=$(printf '%0256d' 0)
for tag in "" $'a\nb' "${esc}[31m" $'\xff' "$long"; do
    refused "a tag $(printf %.20q "$tag")" 2 "image's tag" \
        "${plain[@]}" --tag good --tag "$tag"
done
refused "--disk and --all-disks" 2 "exclude each other" \
    "${plain[@]}" --disk vda --all-disks
refused "--disk" 3 "no disk 'vdz'" "${plain[@]}" --disk vdz
refused "--disk with an escape" 3 '\x1b[31m' "${plain[@]}" --disk "${esc}[31m"
for rate in fast -1 1Q "" 1.5.5 99999999999999999999; do
    refused "--limit-rate '$rate'" 2 "--limit-rate is" \
        snapshot guest "--limit-rate=$rate"
done
refused "--limit-rate with an escape" 2 '\x1b' snapshot guest \
    --limit-rate "${esc}[31m"
for name in "" $'a\nb' "${esc}[31m"; do
    refused "an image's name $(printf %q "$name")" 2 "image's name" \
        snapshot guest "$name"
done
refused "--format of a snapshot" 2 "--format is raw or qcow2, not 'vmdk'" \
    snapshot guest --format vmdk

refused "--owner" 2 "--owner is instance or self, not 'me'" "${plain[@]}" --owner me
refused "--mountpoint of no freeze" 2 "--mountpoint is for --quiesce auto or require" \
    "${plain[@]}" --mountpoint / --quiesce never
put never $'[libvirt]\nquiesce = never\n'
refused "--mountpoint where none is configured" 2 "--mountpoint is for --quiesce" \
    --config "$tmp/never" "${plain[@]}" --mountpoint /
refused "--from and --quiesce" 2 "--from and --quiesce require exclude each other" \
    snapshot guest --from nightly --quiesce require
refused "backup without a domain" 2 "an argument is missing" backup
refused "backup --all of a guest" 2 "--all takes no domain" backup guest --all --type x
refused "backup --all of any type" 2 "--all needs --type" backup --all
refused "backup --all of no type" 2 "--all needs --type" backup --all --unless-newer 1h
refused "backup --all and --delete-all" 2 "--delete-all is not for --all" \
    backup --all --type daily --rotation 0 --delete-all
refused "--unless-newer for one guest" 2 "--unless-newer is for --all" \
    backup guest --unless-newer 20h
for time in 6 24:00 ""; do
    refused "--until '$time'" 2 "--until is a time of day" backup guest --until "$time"
done
for age in x 20y -1h ""; do
    refused "--unless-newer '$age'" 2 "is a length of time" \
        backup --all --type daily --unless-newer "$age"
done
refused "--rotation alone" 2 "--rotation and --keep-... need --type" \
    backup guest --rotation 3
for rotation in -1 100001 4294967296 x ""; do
    refused "--rotation '$rotation'" 2 "--rotation must be an integer from 0 to 100000" \
        backup guest --type daily "--rotation=$rotation"
done
refused "a backup's type" 2 "can't be a backup's type" \
    backup guest --type "" --rotation 3
json "lists and the last word" \
    "[(i['tags'], i['a'], i['b'], i['visibility']) for i in
      [d['image'] for d in j['disks']]] == [(['x', 'y z'], '1', '2', 'public')]" \
    "${plain[@]}" --tag x --tag 'y z' --property a=1 --property b=2 \
    --visibility private --visibility public

# The same bytes (UTF-8) in any locale.
for locale in C POSIX C.UTF-8; do
    works "a property in $locale" "plain" "${plain[@]}" --property 'ort=Köln 大きさ'
    refused "a property that isn't UTF-8, in $locale" 2 "not valid UTF-8" \
        "${plain[@]}" --property $'ort=K\xf6ln'
    refused "a disk in $locale" 3 "no disk 'größe'" "${plain[@]}" --disk größe
    refused "a rate in $locale" 2 "not 'größe'" snapshot guest --limit-rate größe
    refused "a name in $locale" 2 "'größe\\x0a'" snapshot guest $'größe\n'
done
locale=C.UTF-8

put forbidding $'[glance]\nallow_user_store = false\n'
refused "--store in vain" 4 "allow_user_store" --config "$tmp/forbidding" \
    "${plain[@]}" --store far
json "--store" "[(d['store'], d['rule']) for d in j['disks']] == [('far', 'user')]" \
    "${plain[@]}" --store far

# Configuration

refused "no such configuration" 2 "$tmp/none" --config "$tmp/none" jobs
refused "what to do then" 2 "; check --config" --config "$tmp/none" jobs
put bad $'[glance]\nstore = fast\nstoer = fast\n'
refused "a bad line" 2 "$tmp/bad:3: " jobs --config "$tmp/bad"
refused "no credentials" 2 "OS_" snapshot guest
refused "choose of nothing" 2 "expected --image ID, --domain DOMAIN or --listen ADDRESS" choose
refused "choose of an argument" 2 "too many arguments" choose fast
refused "choose of no id" 2 "'a\x0ab' is not an image's id" choose --image $'a\nb'
refused "no credentials for choose" 2 "OS_" choose \
    --image 4b1fe2c4-8a30-4a4e-b9e1-b8eb1a5d2f37
refused "no credentials for stores" 2 "OS_" stores

# Glance without Keystone at a closed port
cat >"$tmp/lonely" <<EOF
[DEFAULT]
state_path = $tmp/state
runtime_path = $tmp/run
[glance]
endpoint_override = http://127.0.0.1:9
num_retries = 0
EOF
refused "no Glance" 6 "127.0.0.1" --config "$tmp/lonely" stores
run --debug --config "$tmp/lonely" stores
result "--debug shows requests" "$(grep -q \
    '^debug: GET http://127.0.0.1:9/v2/info/stores: no answer, .* ms, cut: ' \
    "$tmp/err" || cat "$tmp/err")"
run --debug --config "$tmp/lonely" -c test:///default inspect nosuch
result "--debug shows libvirt" "$(grep -q \
    '^debug: libvirt: connect test:///default: done' "$tmp/err" || cat "$tmp/err")"
refused "no libvirt" 6 "/nowhere" --config "$tmp/lonely" \
    -c 'qemu+unix:///system?socket=/nowhere' snapshot guest
refused "a URI that is none" 2 "'foo' is not a connection URI of libvirt" \
    --config "$tmp/lonely" -c foo snapshot guest
# (The test driver takes this for the file :/session.)
mkdir "$tmp/:"
echo '<node/>' >"$tmp/:/session"
refused "a session without the domain" 3 "the host's are at -c qemu:///system" \
    --config "$tmp/lonely" -c "test://$tmp/:///session" inspect guest
refused "no such domain" 3 "no domain 'guest'" --config "$tmp/lonely" \
    -c test:///default inspect guest
refused "no such domain, with an escape" 3 '\x1b[31m' --config "$tmp/lonely" \
    -c test:///default snapshot --dry-run "${esc}[31m"

# The libvirt URI: -c, LIBVIRT_DEFAULT_URI, the configuration.
{ cat "$tmp/lonely"; printf '[libvirt]\nconnection_uri = test:///default\n'; } \
    >"$tmp/connected"
refused "connection_uri" 3 "at test:///default" --config "$tmp/connected" \
    inspect guest
uri='qemu+unix:///system?socket=/nowhere'
refused "LIBVIRT_DEFAULT_URI" 6 "/nowhere" --config "$tmp/connected" inspect guest
refused "-c before all" 3 "at test:///default" --config "$tmp/connected" \
    -c test:///default inspect guest
refused "-c '' is none" 6 "/nowhere" --config "$tmp/connected" -c '' inspect guest
uri=

# Domain XML

mkdir "$tmp/all"
cd "$tmp/all" || exit 1
for file in "$data"/*.xml; do
    name=$(basename "$file" .xml)
    case $name in
    bad-* | no-d* | cdrom-only | encrypted | odd-bom | odd-latin1-declared | \
        floppy-cdrom-disk)
        refused "$name" 3 "$file: " inspect --xml "$file"
        ;;
    *)
        works "$name" "domain: " inspect --xml "$file"
        run --json inspect --xml "$file"
        mv "$tmp/out" "$tmp/all/$name"
        ;;
    esac
done
result "all these in JSON" "$(/usr/bin/python3 -c '
import json, os
for name in os.listdir("."):
    try:
        plan = json.loads(open(name, "rb").read())
        assert plan["domain"] and plan["disks"][0]["image"]["name"]
    except Exception as error:
        print(name, repr(error))' 2>&1)"

put odd.xml "<domain><name>C1 &#x9b;31m &#x202e;</name><devices><disk>
<source file='/srv/&#x9b;31m&#10;disk'/><target dev='vda&#x9b;'/></disk>
</devices></domain>"
works "controls in the XML" '\xc2\x9b31m' inspect --xml "$tmp/odd.xml"
json "quotes in a name" "j['domain'].startswith('it\\'s a \"guest\"')" \
    inspect --xml "$data/odd-names.xml"
refused "no such file" 1 "$tmp/none.xml" inspect --xml "$tmp/none.xml"
refused "a directory" 1 "$tmp" inspect --xml "$tmp"
refused "a file with an escape" 1 '\x1b[31m' inspect --xml "/${esc}[31m"
refused "a file without an end" 3 "/dev/zero: " inspect --xml /dev/zero
{
    cat "$data/plain.xml"
    head -c 9000000 /dev/zero | tr '\0' ' '
} >"$tmp/huge.xml"
refused "a huge file" 3 "$tmp/huge.xml: " inspect --xml "$tmp/huge.xml"
input=$data/plain.xml
works "standard input" "plain" inspect --xml -
input=/dev/null
refused "empty standard input" 3 "empty" inspect --xml -

# Jobs

rm -rf "$tmp/state"
works "no jobs" "Job " jobs
json "no jobs --json" "j == []" jobs
works "nothing to recover" "Nothing" recover
json "nothing to recover --json" "j == {'recovered': 0, 'version': 1}" recover

mkdir -p "$tmp/state/jobs" "$tmp/folder/3"
uuid=2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8
put state/jobs/1.json "{\"id\": \"1\", \"domain\": \"a\\u001b[31m\\u009bb\\n\",
\"uuid\": \"$uuid\", \"state\": \"done\", \"started\": 1700000000, \"images\":
[{\"id\": \"i\\u001b[31m\", \"name\": \"n\\u001b[31m\", \"disk\": \"vda\",
\"store\": \"s\\u001b[31m\\n\"}]}"
put state/jobs/2.json "{\"id\": \"2\", \"domain\": \"b\", \"uuid\": \"$uuid\",
\"state\": \"failed\", \"started\": 9000000000000000000,
\"error\": \"e\\u001b[31m\\n\"}"
put state/jobs/3.json "{\"id\": \"3\", \"domain\": \"c\", \"uuid\": \"$uuid\",
\"state\": \"running\", \"started\": 1700000001, \"steps\": [{\"step\":
\"folder\", \"object\": \"$tmp/folder/3\", \"state\": \"begun\"}]}"
works "jobs with controls" "2023-11-14 22:13:20" jobs
works "jobs with an odd time" "unknown" jobs
works "a job that died" "to recover" jobs
json "jobs --json" \
    "[(k['id'], k['state']) for k in j] == [('1', 'done'), ('3', 'to recover'), ('2', 'failed')]" \
    jobs
put state/jobs/4.json "{\"id\": \"4\", \"domain\": \"c\", \"uuid\": \"$uuid\",
\"state\": \"failed\", \"started\": 1700000001, \"steps\": [{\"step\":
\"folder\", \"object\": \"$tmp/folder/4\", \"state\": \"begun\"}]}"
json "a job that failed, and is not undone" \
    "[k['state'] for k in j if k['id'] == '4'] == ['to recover']" jobs
rm "$tmp/state/jobs/4.json"
run recover
problem=""
((status == 0)) || problem+="exit status $status"$'\n'
grep -q "Recovered jobs: 1" "$tmp/out" || problem+="$(cat "$tmp/out")"
[[ ! -e $tmp/folder/3 ]] || problem+="the directory still exists"
result "recover" "$problem"
works "recover once more" "Nothing" recover

# An unreadable directory is not taken for an empty one. (Root can read every
# directory; so a file takes its place here.)
sed "s|^state_path = .*|state_path = $tmp/closed|" "$tmp/conf" >"$tmp/closed-conf"
mkdir "$tmp/closed"
: >"$tmp/closed/jobs"
for command in jobs 'jobs --json' 'jobs --follow' recover 'recover 1' 'cancel 1'; do
    # shellcheck disable=SC2086 # words
    refused "$command where the jobs can't be read" 1 \
        "Not a directory; check state_path" \
        --config "$tmp/closed-conf" $command
done
rm "$tmp/closed/jobs"
: >"$tmp/closed/spool"
for command in jobs 'jobs --json' 'jobs --follow' 'cancel 1'; do
    # shellcheck disable=SC2086 # words
    refused "$command where the spool can't be read" 1 \
        "the spool can't be read: Error opening directory" \
        --config "$tmp/closed-conf" $command
done

# Journals that can't be read: listed, and named by recover, which leaves them
# alone; but not where another job is asked for.
put state/jobs/4.json "null"
put state/jobs/5.json "{\"version\": 2, \"id\": \"5\", \"domain\": \"d\",
\"uuid\": \"$uuid\", \"state\": \"running\", \"steps\": [{\"step\":
\"folder\", \"object\": \"/nowhere\", \"state\": \"begun\"}]}"
put state/jobs/6.json "{\"id\": \"6\", \"domain\": \"d\", \"uuid\": \"$uuid\",
\"state\": \"running\", \"steps\": [{\"step\": \"levitate\", \"object\": \"x\",
\"state\": \"begun\"}]}"
mkdir "$tmp/state/jobs/7.json"
kept=$(cd "$tmp/state/jobs" && cat 4.json 5.json 6.json)
json "unreadable jobs --json" \
    "[(k['id'], k['state']) for k in j[:4]] == [(str(n), 'unreadable')
        for n in range(4, 8)] and '4.json: not valid JSON' in j[0]['error']['message']
        and 'version 2' in j[1]['error']['message'] and len(j) == 7" jobs
works "unreadable jobs" "7.json is not the journal of a job: it is not a file" jobs
refused "recover a newer version's job" 8 \
    "5.json: a newer virt-glance wrote it (its format is version 2, and this one knows up to 1); run 'virt-glance recover' of that version" \
    recover 5
refused "recover a job with an unknown step" 8 \
    "6.json: a newer virt-glance wrote it (it has a step 'levitate', which this one doesn't know); run 'virt-glance recover' of that version" \
    recover 6
refused "recover a damaged journal" 8 \
    "a job's journal can't be read, so what the job may have left stays: $tmp/state/jobs/4.json: not valid JSON" \
    recover 4
refused "recover what is no file" 8 "jobs/7.json is not the journal of a job" recover 7
works "recover another job" "Nothing" recover 1
run recover
problem=""
((status == 8)) || problem+="exit status $status"$'\n'
for n in 4 5 6 7; do
    grep -q "jobs/$n.json" "$tmp/err" || problem+="$n.json is not named"$'\n'
done
[[ ! -s $tmp/out ]] || problem+="$(cat "$tmp/out")"
[[ $(cd "$tmp/state/jobs" && cat 4.json 5.json 6.json) == "$kept" ]] ||
    problem+="a journal was changed"
result "recover them all" "$problem"
rm -r "$tmp"/state/jobs/[4567].json

# Waiting orders

mkdir -p "$tmp/state/spool"
order="1700000000000000-0000002a"
put "state/spool/$order.json" "{\"kind\": \"request\", \"uuid\": \"$uuid\",
\"domain\": \"größe\", \"asked\": 1700000000, \"problem\": \"it makes no sense\"}"
json "an order that waits" "[(k['order'], k['domain'], k['state'], k['error']['message'])
    for k in j if 'order' in k] == [('$order', 'größe', 'waiting', 'it makes no sense')]" \
    jobs
run jobs
head=$(sed -n 's/Domain.*//p' "$tmp/out")
result "its columns" "$(
    sed -n '3,$p' "$tmp/out" | while IFS= read -r line; do
        [[ ${line:${#head}:1} != ' ' && ${line:${#head}-1:1} == ' ' &&
            ${line:${#head}+27:1} =~ [a-z] ]] || echo "askew: $line"
    done
    grep -qF "$order" "$tmp/out" || echo "there is no $order")"

# Output that can't be written

full "--help" --help
full "--version" --version
full "inspect --xml" "${plain[@]}"
full "inspect --xml --json" "${plain[@]}" --json
full "jobs" jobs
full "jobs --json" jobs --json
full "recover" recover
full "recover --json" recover --json

# The program without its module, and with an invalid module.
mkdir -p "$tmp/alone/.libs"
cp "$program" "$tmp/alone/virt-glance"
program=$tmp/alone/virt-glance
echo "no library" >"$tmp/alone/.libs/online.so"
works "inspect --xml without the module" "domain: " "${plain[@]}"
works "--help without the module" "Commands:" --help
refused "a module that is broken" 1 "online.so can't be loaded" stores

echo "1..$tests"
[[ $failures == 0 ]]
