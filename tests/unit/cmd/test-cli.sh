#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The built program's command line: options, exit statuses, and output, which is
# one line of text or valid JSON for any input. Prints TAP.
# shellcheck source=tests/unit/lib/cli.sh
. "$(dirname "$0")/../lib/cli.sh"

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
refused "--wait for one guest" 2 "--wait is for --all" backup guest --wait 1h
refused "--wait for no time" 2 "--wait is a length of time" backup --all --type daily --wait soon
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

done_testing
