using System.Globalization;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Replication;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>
/// The script by which the server fills the archive and, while it is fed, reads it, and the backup repositories beside it. Each member has a directory
/// of its own in the archive: two members may give their promotions the same timeline number, and neither may overwrite, or read, what the other calls
/// by the same name. A copy is ended after a limit, for a network file system may hang. Its steps are in the script, because nothing heavier may start
/// for each piece of log.
/// </summary>
internal sealed class ArchiveScript(StoreSpec store, MemberSpec self, LogBound bound, Layout layout)
{
    public const string Keep = "keep";
    public const string Copy = "copy";
    public const string Push = "push";
    public const string Feed = "feed";
    public const string Fetch = "fetch";

    private static readonly TimeSpan CopyLimit = TimeSpan.FromSeconds(60);
    private const long SmallestWaiting = 4;

    /// <summary>The store's log goes somewhere, from where a standby may be fed: into an archive, backup repositories, or both.</summary>
    public bool IsFilled => store.Archive is not null || store.Backup is not null;

    /// <summary>pgBackRest takes a backup only where it finds its name in this, to see that somebody archives for it.</summary>
    public string KeepCommand => $"{Command} {Keep} %p %f" + (store.Backup is null ? "" : " pgbackrest");
    public string FeedCommand => $"{Command} {Feed} %f %p";

    /// <summary>In these settings a percent sign begins a name of the server's.</summary>
    private string Command => $"/bin/sh {Quoted(layout.ArchiveScript).Replace("%", "%%", StringComparison.Ordinal)}";

    /// <summary>Where a member's own log is kept, as the script has it; null: nowhere.</summary>
    public static string? PlaceOf(StoreSpec store, string member, string systemId) =>
        store.Archive is { } root ? Path.Combine(root, systemId, member) : null;

    /// <summary>Writes the script anew when it is to be another. Without a control file there is nothing to archive yet.</summary>
    public void Write()
    {
        if (!IsFilled || ControlFile.ReadSystemId(layout) is not { } system)
        {
            return;
        }

        var root = store.Archive ?? "";
        var stanza = store.Backup?.At(self.Site) is null ? "" : BackRestFile.Stanza(store, self.Site);

        var most = Math.Max(SmallestWaiting, bound.Largest / LogNames.DefaultSegmentBytes);
        var head = string.Create(CultureInfo.InvariantCulture, $"""
            #!/bin/sh
            # Written by Holdfast; changes here are overwritten.
            root={Quoted(Path.TrimEndingDirectorySeparator(root))}
            all="$root"/{system}
            place="$all"/{Quoted(self.Name)}
            program={Quoted(BackRestRun.Program ?? "")}
            configuration={Quoted(layout.BackupConfiguration)}
            stanza={Quoted(stanza)}
            allowed={Quoted(layout.BackupAllowed)}
            feed={Quoted(layout.FeedDirectory)}
            ranges={Quoted(layout.FeedRanges)}
            missing={Quoted(layout.FeedMissing)}
            given_up={Quoted(layout.ArchiveGap)}
            fault={Quoted(layout.ArchiveFault)}
            limit={(int)CopyLimit.TotalSeconds}
            most={most}

            """);
        if (AtomicFile.WriteIfChanged(layout.ArchiveScript, head + Steps))
        {
            File.SetUnixFileMode(layout.ArchiveScript, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private static string Quoted(string text) => ShellText.Quoted(text);

    private const string Steps = """
        LC_ALL=C
        export LC_ALL
        # What tools complain of would be taken for faults of the server itself in its log.
        exec 3>&2 2>/dev/null

        note() {
            echo "holdfast archive: $*" >&3
            echo "$*" >"$fault.new" && mv -f "$fault.new" "$fault"
        }

        # place_file FROM TO: whole and durable, or not at all, and never over another content.
        place_file() {
            if [ -e "$2" ]; then
                cmp -s "$1" "$2" || { note "$2 is there already with other contents: move it away"; return 1; }
                sync "$2" "$place"
            else
                dd if="$1" of="$2.new" bs=1M conv=fsync || { note "cannot write $2.new"; return 1; }
                mv -f "$2.new" "$2" && sync "$place"
            fi
        }

        # copy PATH NAME, into the archive. The root is never made here: it may be where a file system is to be mounted.
        copy() {
            [ -d "$root" ] || { note "$root is not a directory: create or mount it"; return 1; }
            [ -d "$place" ] || { mkdir -p "$place" && sync "$all" "$root"; } || { note "cannot write to $root"; return 1; }
            # Readers tell timelines of the same number apart by their history, so it goes along.
            history=${2%"${2#????????}"}.history
            if [ -e "pg_wal/$history" ] && [ "$2" != "$history" ]; then
                place_file "pg_wal/$history" "$place/$history" || return 1
            fi
            place_file "$1" "$place/$2"
        }

        # push PATH NAME, into the backup repository, as far as the record knows this server's history.
        push() {
            [ -n "$program" ] || { note "pgbackrest is not installed: install the package pgbackrest"; return 1; }
            newest= tries=50
            # Just after a promotion that is a matter of moments, and the server would try again after a minute only.
            until [ -e "$allowed" ] || [ "$tries" -le 0 ]; do
                sleep 0.2
                tries=$((tries - 1))
            done
            [ ! -e "$allowed" ] || read -r newest <"$allowed"
            if [ -z "$newest" ] || expr "x${2%"${2#????????}"}" \> "x$newest" >/dev/null; then
                note "$2 waits until the record knows its timeline"
                return 1
            fi
            case $2 in *.history) may_replace "$1" "$2" || return 1 ;; esac
            backrest "$configuration" "$stanza" error archive-push "$1" || { note "$said"; return 1; }
        }

        # may_replace PATH NAME: the program overwrites a history, and then pieces of the one timeline would pass for those of the other.
        may_replace() {
            before=$allowed.history
            rm -f "$before"
            backrest "$configuration" "$stanza" error archive-get "$2" "$before"
            case $? in
                0) ;;
                1) return 0 ;;
                *) note "$said"; return 1 ;;
            esac
            cmp -s "$1" "$before"
            differs=$?
            rm -f "$before"
            if [ "$differs" -ne 0 ]; then
                backrest "$configuration" "$stanza" error repo-ls --recurse --filter="/${2%.history}[0-9A-F]{16}-" "archive/$stanza" ||
                    { note "$said"; return 1; }
                [ -z "$said" ] || { note "$2 is there already with other contents, and with log: switch over, for the next timeline is free"; return 1; }
            fi
        }

        # backrest CONFIGURATION STANZA LEVEL ARGUMENT...: pgBackRest, and in `said`, on one line, what it says.
        backrest() {
            with=$1 of=$2 level=$3
            shift 3
            said=$(env -i PATH="$PATH" LC_ALL=C.UTF-8 "$program" --config="$with" --stanza="$of" --log-level-console=off --log-level-stderr="$level" \
                "$@" 2>&1)
            ended=$?
            said=$(echo "$said" | tr -s '\n ' ' ' | sed 's/ERROR: //g; s/WARN: repo1: //g; s/ $//')
            return "$ended"
        }

        # fetch NAME PATH, from wherever that timeline of the history that is followed was archived. What it has to say is for the agent alone, beside
        # the piece's name: in the server's log a tool's words would pass for the server's.
        fetch() {
            timeline=${1%"${1#????????}"} piece=${1#????????} wanted= source= differ=
            while read -r of first last; do
                if [ "$of" = "$timeline" ] && expr "x$piece" \>= "x$first" '&' "x$piece" \<= "x$last" >/dev/null; then
                    wanted=1
                fi
            done <"$ranges"
            [ -n "$wanted" ] || return 1
            # Asked again without a pause for what nobody has, a repository would cost a request each time for nothing.
            [ ! -e "$missing" ] || [ "$(head -n 1 "$missing")" != "$1" ] || sleep 1
            echo "$1" >"$missing.new"
            for candidate in ${root:+"$all"/*} "$feed"/*.conf; do
                [ -e "$candidate.failed" ] || consider "$candidate" "$1"
            done
            # A repository that did not answer would make each piece take long; it may be well again when no other has the piece.
            for candidate in "$feed"/*.conf.failed; do
                [ -n "$source" ] || [ ! -e "$candidate" ] || [ "$(cat "$candidate")" = $$ ] || consider "${candidate%.failed}" "$1"
            done
            if [ -z "$source" ] || [ -n "$differ" ]; then
                [ -z "$root" ] || [ -e "$root" ] || echo "$root is not there: mount it" >>"$missing.new"
                mv -f "$missing.new" "$missing"
                return 1
            fi
            cp "$source" "$2" || return 1
            rm -f "$missing" "$missing.new" "$feed"/*."$1"
        }

        # consider CANDIDATE NAME: if it has that piece, of the history that is followed, this is the `source`, unless another has a different one.
        consider() {
            if [ -e "$feed/$timeline.history" ]; then
                offer "$1" "$timeline.history" && cmp -s "$feed/$timeline.history" "$offered" || return
            fi
            offer "$1" "$2" || return
            if [ -z "$source" ]; then
                source=$offered
            elif ! cmp -s "$source" "$offered"; then
                echo "$source and $offered differ: neither is used" >>"$missing.new"
                differ=1
            fi
        }

        # offer CANDIDATE NAME: in `offered` where that file is, if a member's directory, or the repository with that configuration, has it.
        offer() {
            case $1 in
                "$feed"/*) ;;
                *)
                    offered=$1/$2
                    [ -e "$offered" ]
                    return ;;
            esac
            [ -e "$1" ] || return 1
            whose=${1##*/} whose=${whose%.conf}
            offered=$feed/$whose.$2
            # Brought already: a history, which all pieces of its timeline need.
            [ ! -e "$offered" ] || return 0
            if [ -z "$program" ]; then
                said="pgbackrest is not installed: install the package pgbackrest"
            elif folder=$(sed -n 's/^repo1-path=//p' "$1") && grep -qx repo1-type=posix "$1" && [ ! -d "$folder" ]; then
                said="$folder is not there: mount it"
            else
                backrest "$1" "$whose" warn archive-get "$2" "$offered.new"
                case $? in
                    0)
                        rm -f "$1.failed"
                        mv -f "$offered.new" "$offered"
                        return ;;
                    1) return 1 ;;
                esac
            fi
            echo $$ >"$1.failed"
            echo "the repository of ${whose#*.}: ${said%% HINT: *}" >>"$missing.new"
            return 1
        }

        # in_time STEP PATH NAME: a storage that hangs would keep the step for ever.
        in_time() {
            timeout -s KILL "$limit" /bin/sh "$0" "$@" 2>&3
            ended=$?
            [ "$ended" -ne 137 ] || note "$3 is not archived within $limit s: the storage hangs"
            return "$ended"
        }

        case $1 in
            copy | push | fetch) "$@" ;;
            keep)
                kept=1
                [ -z "$root" ] || in_time copy "$2" "$3" || kept=
                [ -z "$stanza" ] || in_time push "$2" "$3" || kept=
                if [ -n "$kept" ]; then
                    [ ! -e "$fault" ] || rm -f "$fault"
                    exit 0
                fi
                name=$3
                set -- pg_wal/archive_status/*.ready
                [ $# -gt "$most" ] || exit 1
                # Log that waits to be archived is never removed: a full disk would stop the store, a gap in the archive does not.
                note "$# pieces of log wait: giving up $name"
                echo "$name" >"$given_up.new" && mv -f "$given_up.new" "$given_up" ;;
            feed)
                [ -e "$ranges" ] || exit 1
                timeout -s KILL "$limit" /bin/sh "$0" fetch "$2" "$3" 2>&3
                ended=$?
                # It may have been forbidden meanwhile.
                [ -e "$ranges" ] || exit 1
                if [ "$ended" -eq 137 ]; then
                    printf '%s\n' "$2" "not brought within $limit s: the storage hangs" >"$missing.new"
                    mv -f "$missing.new" "$missing"
                fi
                [ "$ended" -eq 0 ] ;;
            *) exit 1 ;;
        esac

        """;
}
