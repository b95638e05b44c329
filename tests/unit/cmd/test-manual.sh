#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compares the manual pages, the example configuration and README.md with the
# code and with the program's output: they must be complete and have nothing
# else. Prints TAP.
set -u -o pipefail
export LC_ALL=C.UTF-8

srcdir=$(cd "${VG_SRCDIR:-$(dirname "$0")/../../..}" && pwd)
builddir=${VG_BUILDDIR:-$srcdir}
program=$builddir/virt-glance
page=$srcdir/man/virt-glance.pod
conf_page=$srcdir/man/virt-glance.conf.pod
example=$srcdir/docs/virt-glance.conf.example

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

tests=0
failures=0

# result STATUS NAME: $tmp/why explains a failure.
result() {
    tests=$((tests + 1))
    if [[ $1 == 0 ]]; then
        echo "ok $tests $2"
        return
    fi
    sed 's/^/# /' "$tmp/why"
    echo "not ok $tests $2"
    failures=$((failures + 1))
}

# same NAME TEXT TEXT: lines in any order; neither may be empty.
same() {
    diff -U 0 <(sort -u <<<"$2") <(sort -u <<<"$3") >"$tmp/why" && [[ -n $2 ]]
    result $? "$1"
}

## virt-glance.conf(5)

# One line "SECTION OPTION DEFAULT" per option, "-" for no default, from
# config-options.c.
code_options() {
    perl -0777 -ne '
        my $table = join "\n", /options\[\] = \{(.*?)\n\};/gs or die "no table";
        $table =~ s/\b(AUTH|SECRET) \((\w+)\)/{ "glance", "$2" }/g;
        while ($table =~ /\{\s*"([\w:]+)",\s*"(\w+)"([^}]*)\}/g) {
            my ($section, $key, $rest) = ($1, $2, $3);
            my $default = "-";
            $default = "$1$2"
                if $rest =~ /AT \(\w+\),\s*(?:VG_(\w+)\s+)?"([^"]*)"/;
            $default =~ s/^([A-Z]+)\//\@$1\@\//;
            print "$section $key $default\n";
        }' "$srcdir/plugin/util/config-options.c"
}

# The same from the manual page. It says once that credentials have no
# defaults.
manual_options() {
    perl -00 -ne '
        sub flush {
            my ($value, $unset) =
                $text =~ /Default:\s+(?:[BF]<([^>]*)>|(not\s+set))/;
            my $default = $value // ($unset || $none ? "-" : "?");
            print "$section $key $default\n" if $key;
            $key = $text = "";
        }
        if (/^=(head|back)/) {
            flush ();
            ($section, $none) = (/^=head2 \[([\w:]+)\]/ ? $1 : "", 0) if /^=head/;
        } elsif ($section && /^=item B<(\w+)>$/m) {
            my $next = $1;
            flush ();
            $key = $next;
        } elsif ($key) {
            $text .= $_;
        } elsif (/None has a default/) {
            $none = 1;
        }' "$conf_page"
}

# The choices of an option in config-options.c and in the manual page.
code_choices() {
    perl -0777 -ne '
        while (/\{\s*"\w+",\s*"(\w+)",\s*VG_CONFIG_(?:CHOICE|SWITCH),[^}]*"([\w|]+)"\s*\}/g) {
            print "$1 $_\n" for split /\|/, $2;
        }' "$srcdir/plugin/util/config-options.c"
}

manual_choices() {
    local option

    for option in $(code_choices | cut -d' ' -f1 | sort -u); do
        perl -00 -ne '
            $in = $1 eq $option if /^=item B<(\w+)>/ && !/Default/;
            $in = 0 if /^=back/;
            next if !$in || /^=item/;
            s/Default:.*//s;
            print "$option $1\n" while /B<(\w+)>/g;' \
            -s -- -option="$option" "$conf_page" |
            grep -v -- --
    done
}

# The example's lines, commented out or not. Only options with a default in the
# code are compared, because the others have example values.
example_options() {
    awk '/^#?\[/ { gsub(/[][#]/, ""); section = $0
            sub(/^store:.*/, "store:NAME", section) }
        /^#?[a-z_]+ = / { sub(/^#/, ""); print section, $1, $3 }' "$example"
}

code_options_installed() {
    code_options | sed 's|@LOCALSTATEDIR@|/var|; s|@RUNSTATEDIR@|/run|
        s|@SYSCONFDIR@|/etc|'
}

same "options in virt-glance.conf(5)" "$(code_options)" "$(manual_options)"
same "choices in virt-glance.conf(5)" "$(code_choices)" "$(manual_choices)"
same "options in the example" "$(code_options | cut -d' ' -f1,2)" \
    "$(example_options | cut -d' ' -f1,2)"
same "defaults in the example" \
    "$(code_options_installed | grep -v -- ' -$')" \
    "$(grep -Ff <(code_options_installed | grep -v -- ' -$' | cut -d' ' -f1,2 |
        sed 's/$/ /') <(example_options))"

sed 's/^#\([a-z_]* = \|\[\)/\1/' "$example" >"$tmp/virt-glance.conf"
chmod 600 "$tmp/virt-glance.conf"
"$program" --config "$tmp/virt-glance.conf" snapshot --store x 2>"$tmp/why"
[[ $? == 2 ]] && grep -q 'an argument is missing' "$tmp/why"
result $? "the program runs"
sed -i "s|^state_path = .*|state_path = $tmp|" "$tmp/virt-glance.conf"
"$program" --config "$tmp/virt-glance.conf" jobs >"$tmp/why" 2>&1
result $? "the program takes the example"

## virt-glance(1)

commands() {
    "$program" --help | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'
}

# options COMMAND: the long options in its --help, without --help itself.
options() {
    "$program" "$1" --help | grep -oE -- '^ +(-., )?--[a-z-]+' |
        grep -oE -- '--[a-z-]+' | grep -vx -- --help
}

# The options common to all commands: recover has no others.
common_options() { options recover; }

own_options() { options "$1" | grep -vxF -e "$(common_options)"; }

# section HEAD: a section of the page, up to the next heading of that level.
section() {
    perl -00 -ne '
        $level = $1 if $head eq "" && /^=head(\d) \Q$want\E$/m;
        $in = 0 if $in && /^=head(\d)/ && $1 <= $level;
        $in = 1 if /^=head\d \Q$want\E$/m;
        print if $in;' -s -- -want="$1" "$page"
}

# The options listed as items of a section.
item_options() {
    section "$1" | grep '^=item' | grep -oE -- 'B<--[a-z-]+>' | tr -d 'B<>'
}

synopsis_options() {
    section SYNOPSIS | perl -00 -ne 'print if /B<virt-glance \Q$c\E>/' -s -- \
        -c="$1" | grep -oE -- 'B<--[a-z-]+>' | tr -d 'B<>'
}

# documented_options COMMAND: its items, and those of snapshot if the page says
# that the command accepts them, without the exceptions.
documented_options() {
    local snapshot exceptions

    item_options "$1"
    snapshot=$(section "$1" | perl -00 -ne \
        'print "$1\n" if /options of B<snapshot>\s+(except.*?), and:/s')
    [[ -n $snapshot ]] || return
    exceptions=$(grep -oE -- '--[a-z-]+' <<<"$snapshot")
    item_options snapshot | grep -vxF -e "$exceptions"
}

same "commands in COMMANDS" "$(commands)" \
    "$(section COMMANDS | sed -n 's/^=head2 //p')"
same "commands in SYNOPSIS" "$(commands)" \
    "$(section SYNOPSIS | grep -oE 'B<virt-glance [a-z]+>' | tr -d '<>' |
        cut -d' ' -f2)"
same "options of all commands" "$(common_options; echo --help; echo --version)" \
    "$(item_options OPTIONS)"
for command in $(commands); do
    own=$(own_options "$command")
    if [[ -n $own ]]; then
        same "options of $command" "$own" "$(documented_options "$command")"
    else
        [[ -z $(item_options "$command") ]]
        result $? "no options of $command"
    fi
done
same "options in snapshot's items" \
    "$(own_options snapshot)" \
    "$(item_options snapshot)"
same "options in snapshot's SYNOPSIS" \
    "$(own_options snapshot)" \
    "$(synopsis_options snapshot)"

# The table of a request's options, a line each: NAME KEY PLACES VALUES, with "-"
# for what it doesn't have; see test-options.c.
request_options() { "$builddir/tests/unit/request/test-options" --print; }

# The items of snapshot and backup, "--format raw|qcow2", but for the options that
# are no part of a request.
item_values() {
    { section snapshot; section backup; } | grep '^=item B<--' |
        perl -CS -pe 's/^=item //; s/[BI]<([^>]*)>/$1/g' |
        grep -vxE -- '--(dry-run|all|unless-newer AGE|until TIME|wait TIME)'
}

same "values of a request's options" \
    "$(request_options | awk '$1 != "-" { print "--" $1, $4 == "-" ? "" : $4 }' |
        sed 's/ $//')" \
    "$(item_values)"
{
    grep -ohE -- 'B<--[a-z-]+>' "$page" "$conf_page" | tr -d 'B<>' | sort -u
} >"$tmp/spoken"
{
    for command in $(commands); do options "$command"; done
    printf '%s\n' --help --version --
} | sort -u | comm -23 "$tmp/spoken" - >"$tmp/why"
[[ ! -s $tmp/why ]]
result $? "no option is spoken of that is none"

# "OS_AUTH_URL": the environment variables in credential-layer.c's table, by the first
# name of each setting.
code_variables() {
    perl -0777 -ne '
        my ($table) = /\bsettings\[\] = \{(.*?)\n\};/s or die "no table";
        print "OS_\U$1\n" while $table =~ /\{ \{ "(\w+)"/g;' \
        "$srcdir/plugin/glance/credential-layer.c"
    cat "$srcdir"/plugin/glance/{credentials,credential-layer,clouds}.c |
        grep -oE 'get_variable \("[a-z_]+"\)|"OS_[A-Z_]+"' |
        sed -E 's/.*"([A-Za-z_]+)".*/\1/' | sed -E '/^OS_/!s/.*/OS_\U&/' |
        grep -vx OS_ENDPOINT_TYPE # OS_INTERFACE's old name
}

same "variables in ENVIRONMENT" "$(code_variables)" \
    "$(section ENVIRONMENT | grep -oE '\bOS_[A-Z_]+')"

# Members of JSON output: the commands' and the journal's.
code_fields() {
    cat "$srcdir"/plugin/cmd/*.c "$srcdir/plugin/journal/journal-json.c" |
        perl -0777 -ne 'print "$1\n"
            while /vg_json_set_\w+ \(\w+,\s*"([\w-]+)"/g'
    sed -nE 's/.*\{ "(\w+)", request->.*/\1/p' "$srcdir/plugin/cmd/check-policies.c"
    sed -n 's/.*{ "\(.*\)", G_STRUCT_OFFSET.*/\1/p' "$srcdir/plugin/journal/ceph-address.c"
    "$program" --config "$tmp/virt-glance.conf" recover --json |
        sed -n 's/.*"\(.*\)".*/\1/p'
}

same "fields in JSON OUTPUT" "$(code_fields)" \
    "$(section 'JSON OUTPUT' | grep -oE 'B<[a-z_-]+>' | tr -d 'B<>')"

schema=$srcdir/docs/virt-glance-1.schema.json
same "fields in the schema" \
    "$(/usr/bin/python3 "$srcdir/tests/unit/lib/schema.py" "$schema" --members)" \
    "$(section 'JSON OUTPUT' | grep -oE 'B<[a-z_-]+>' | tr -d 'B<>')"

# "STATUS CODE": the codes of errors, from the program's tables.
code_codes() {
    perl -0777 -ne '
        $status{$1} = $2 while /\bVG_EXIT_(\w+) = (\d+)/g;
        $of{$1} = $2 while /\[VG_FAILURE_(\w+)\] = VG_EXIT_(\w+)/g;
        $code{$1} = $2 while /\[VG_FAILURE_(\w+)\] = \{\s*"([\w-]+)"/g;
        END { print $status{$of{$_} // "FAILURE"}, " $code{$_}\n" for keys %code }' \
        "$srcdir/plugin/cmd/status.h" "$srcdir/plugin/cmd/status.c" \
        "$srcdir/plugin/util/failure.c"
}
manual_codes() {
    section 'JSON OUTPUT' | perl -ne '
        next unless /^=item C<.*\((\d+)[\d, ]*\)$/;
        my $status = $1;
        print "$status $1\n" while /C<([\w-]+)>/g;'
}
schema_codes() {
    /usr/bin/python3 -c '
import json, sys
schema = json.load(open(sys.argv[1]))
print("\n".join(schema["definitions"]["error"]["properties"]["code"]["examples"]))' "$schema"
}
same "codes of errors in JSON OUTPUT" "$(code_codes)" "$(manual_codes)"
same "codes of errors in the schema" "$(code_codes | cut -d' ' -f2)" "$(schema_codes)"

same "MESSAGE_IDs" \
    "$(grep -oE '"[0-9a-f]{32}"' "$srcdir/plugin/job/job-log.h" | tr -d '"')" \
    "$(section 'THE JOURNAL' | grep -oE 'C<[0-9a-f]{32}>' | tr -d 'C<>')"

same "ways in JSON OUTPUT" \
    "$(sed -nE 's/.*\[VG_TRANSPORT_[A-Z]+\] = \{ "(\w+)".*/\1/p' \
        "$srcdir/plugin/plan/transport.c")" \
    "$(section 'JSON OUTPUT' |
        perl -0777 -ne 'print $1 if /B<way>\s+\((.*?)\)/s' |
        grep -oE 'C<[a-z]+>' | tr -d 'C<>')"

code_statuses() {
    sed -nE 's/^ *VG_EXIT_[A-Z]+ = ([0-9]+),.*/\1/p' "$srcdir/plugin/cmd/status.h"
    printf '%s\n' 130 143 # 128 + SIGINT, SIGTERM
}

same "statuses in EXIT STATUS" "$(code_statuses)" \
    "$(section 'EXIT STATUS' | grep '^=item' | grep -oE '[0-9]+')"
same "statuses in README.md" "$(code_statuses)" \
    "$(sed -n '/^## Exit status/,/^## Limits/p' "$srcdir/README.md" |
        sed -nE 's/^\| ([0-9, ]+) \|.*/\1/p' | grep -oE '[0-9]+')"

## virt-glance-policy(7)

page=$srcdir/man/virt-glance-policy.pod
code=$srcdir/plugin

# table FILE NAME: the strings of that table.
table() {
    perl -0777 -ne 'my ($t) = /\b\Q$n\E\[\](?:\[\d*\])? = \{(.*?)\};/s or die;
        print "$1\n" while $t =~ /"(\w+)"/g;' -s -- -n="$2" "$code/$1"
}

# The names of a section's items.
items() { section "$1" | sed -n 's/^=item //p' | grep -oE '\w+' | grep -vx B; }

# "format SBtkn": a word and the places where it is allowed, from the page's
# table.
word_places() {
    section WORDS | awk '
        /^ [a-z_]+ +(yes|-) / {
            places = ""
            for (i = 2; i <= NF; i++)
                if ($i == "yes")
                    places = places substr("SBtkn", i - 1, 1)
            print $1, places
        }'
}

# "format raw": the choices of a word: all bold text in its item.
word_choices() {
    local word

    for word in $(request_options | awk '$2 != "-" && $4 ~ /\|/ { print $2 }'); do
        section WORDS | perl -00 -ne '
            $in = /^=item B<\Q$word\E>/ if /^=(item|back)/;
            next if !$in || /^=/;
            print "$word $1\n" while /B<(\w+)>/g;' -s -- -word="$word"
    done
}

# Lists have an argument on the command line that differs from a plural key.
list_elements() {
    request_options | awk '$1 != "-" && $2 != "-" && $1 != $2 && $1 !~ /-/ { print $1 }'
}

same "child elements in WORDS" "$(list_elements)" \
    "$(section WORDS | perl -00 -ne 'print $1 if /^In XML, a value (.*?) Its/s' |
        grep -oE 'B<[a-z]+>' | tr -d 'B<>')"
same "words in WORDS" "$(request_options | awk '$2 != "-" { print $2 }')" \
    "$(items WORDS)"
same "places of words in WORDS" \
    "$(request_options | awk '$2 != "-" { gsub(/[sbip]/, "", $3); print $2, $3 }')" \
    "$(word_places)"
same "choices of words in WORDS" \
    "$(request_options | awk '$2 != "-" && $4 ~ /\|/ {
        n = split($4, choices, "|")
        for (i = 1; i <= n; i++)
            print $2, choices[i]
    }')" \
    "$(word_choices)"
same "events" "$(table request/event.c names)" "$(items Events)"
same "states in the status" "$(table agent/status.c state_names)" \
    "$(section 'The status' | perl -00 -ne 'print if /^C<waiting>/' |
        grep -oE 'C<[a-z]+>' | tr -d 'C<>')"
same "attributes of the status" \
    "$(grep -oE 'add_attribute \(xml, "\w+"' "$code/agent/status.c" | grep -oE '"\w+"' |
        tr -d '"')" \
    "$(items 'The status'
        section 'The status' | perl -00 -ne 'print if /^In it are/' |
        grep -oE 'B<[a-z]+>' | tr -d 'B<>' | grep -vxE 'image|error|reason|by')"
same "conditions of the host's policies" \
    "$(grep -oE 'strcmp \(key, "\w+"' "$code/request/policy-files.c" | grep -oE '"\w+"' |
        tr -d '"')" \
    "$(section 'Policies' | perl -00 -ne 'print if /^Each section of a file/' |
        grep -oE 'B<(domain|project|flavor|[a-z]+)>,? (and )?' | grep -oE '[a-z]{4,}')"
for kind in REQUEST STATUS POLICY; do
    uri=$(grep -ohE "VG_${kind}_URI \"[^\"]*" "$code"/*/*.h | cut -d'"' -f2)
    [[ -n $uri ]] && grep -q "B<$uri>" "$page"
    result $? "the namespace $uri"
done

## README.md

# The packages for building in tests/cloud/install-packages, except those that
# only developers need.
needed_packages() {
    sed -n '/^build=(/,/^)/p' "$srcdir/tests/cloud/install-packages" |
        grep -v '[()]' | xargs -n 1 | grep -vx -e clang-format -e debhelper
}

readme_packages() {
    sed -n '/^apt-get install autoconf/,/[^\\]$/p' "$srcdir/README.md" |
        sed 's/#.*//; s/^apt-get install//; s/[\]//g' | xargs -n 1
}

# What the Debian package depends on by name: it runs these programs.
run_packages() {
    sed -n '/^Package: virt-glance$/,/^$/s/^Depends: //p' \
        "$srcdir/packaging/debian/control" | tr -d ' ' | tr , '\n' | grep -v '[$]'
}

same "packages to build and run with in README.md" \
    "$(needed_packages && run_packages)" "$(readme_packages)"

dev_packages() { grep -E -- '-dev$' <<<"$1"; }
same "libraries in packaging/debian/control" \
    "$(dev_packages "$(needed_packages)" | grep -v '^libc6-dev$')" \
    "$(dev_packages "$(sed -n '/^Build-Depends/,/^Standards/s/^ \([a-z0-9.-]*\).*/\1/p' \
        "$srcdir/packaging/debian/control")")"

## All

for file in "$page" "$conf_page" "$srcdir/man/virt-glance-policy.pod"; do
    podchecker -warnings -warnings "$file" >"$tmp/why" 2>&1 &&
        ! grep -q WARNING "$tmp/why"
    result $? "podchecker $(basename "$file")"
done

! grep -n '@[A-Z]*@' "$builddir"/man/virt-glance*.[157] >"$tmp/why" 2>&1
result $? "directories are filled in"

echo "1..$tests"
[[ $failures == 0 ]]
