using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Link;

/// <summary>The script by itself, as the server would call it, in folders whose names need quoting.</summary>
public sealed class ArchiveScriptTests : IAsyncDisposable
{
    private const string One = "000000010000000000000001";
    private const string Two = "000000020000000000000002";
    private readonly TestGroup _group;
    private readonly Layout _layout;
    private readonly ArchiveScript _script;
    private readonly string _archive;
    private readonly string _place;

    public ArchiveScriptTests()
    {
        _group = new TestGroup(2, spec => spec with { SlotBoundMebibytes = 64 }, shape: (store, root) => store with
        {
            Archive = Path.Combine(root, "the 'archive' %d"),
            Members = store.Members.SetItem("a", store.Members["a"] with { Data = Path.Combine(root, "it's a") }),
        });
        _archive = Directory.CreateDirectory(_group.Store.Archive!).FullName;
        _layout = new Layout(_group.Spec("a"));
        _layout.Prepare();
        Directory.CreateDirectory(Path.Combine(_layout.Log, "archive_status"));
        Directory.CreateDirectory(Path.GetDirectoryName(_layout.ControlFile)!);
        File.WriteAllBytes(_layout.ControlFile, BitConverter.GetBytes(77UL));
        var bound = new LogBound(_group.Store, _group.Spec("a"), (PostgreSqlSpec)_group.Store.Engine);
        _script = new ArchiveScript(_group.Store, _group.Spec("a"), bound, _layout);
        _script.Write();
        _place = Path.Combine(_archive, "77", "a");
    }

    [Fact]
    public async Task A_piece_is_copied_whole_accepted_again_and_never_overwritten()
    {
        File.GetUnixFileMode(_layout.ArchiveScript).ShouldBe(AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        Log(One, "first");
        (await KeepAsync(One)).ShouldBe(0);
        File.ReadAllText(Path.Combine(_place, One)).ShouldBe("first");
        (await KeepAsync(One)).ShouldBe(0);
        Log(One, "other");
        (await KeepAsync(One)).ShouldBe(1);
        File.ReadAllText(Path.Combine(_place, One)).ShouldBe("first");
        Directory.GetFiles(_place).ShouldBe([Path.Combine(_place, One)]);

        // The history goes along, and one that differs keeps everything of that timeline out.
        Log("00000002.history", "forked here");
        Log(Two, "second");
        (await KeepAsync(Two)).ShouldBe(0);
        File.ReadAllText(Path.Combine(_place, "00000002.history")).ShouldBe("forked here");
        Log("00000002.history", "forked there");
        Log("000000020000000000000003", "third");
        (await KeepAsync("000000020000000000000003")).ShouldBe(1);
        File.Exists(Path.Combine(_place, "000000020000000000000003")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_archive_that_is_not_there_is_not_made_and_is_given_up_only_when_too_much_waits()
    {
        Directory.Delete(_archive);
        Log(One, "first");
        Waiting(4);
        (await KeepAsync(One)).ShouldBe(1);
        File.Exists(_layout.ArchiveGap).ShouldBeFalse();
        Waiting(5);
        (await KeepAsync(One)).ShouldBe(0);
        File.ReadAllText(_layout.ArchiveGap).Trim().ShouldBe(One);
        Directory.Exists(_archive).ShouldBeFalse();
    }

    [Fact]
    public async Task Only_pieces_of_the_history_that_is_followed_are_brought_back()
    {
        // Timeline 2 forked off in segment 2 with x, and in a promotion that lost, in segment 1 with y.
        const string History = "1\t0/2800000\tno recovery target specified\n";
        Archived("x", One, "one");
        Archived("x", "000000010000000000000002", "the end of what was lost");
        Archived("x", "00000002.history", History);
        Archived("x", Two, "two of x");
        Archived("y", "00000002.history", "1\t0/1800000\tno recovery target specified\n");
        Archived("y", Two, "two of y");
        (await FetchAsync(One)).ShouldBeNull("nothing has been allowed");

        Allow(FeedPlan.Make([new TimelineStart(2, Lsn.Parse("0/2800000"))], History, LogNames.DefaultSegmentBytes));
        (await FetchAsync(One)).ShouldBe("one");
        (await FetchAsync(Two)).ShouldBe("two of x");
        (await FetchAsync("000000010000000000000002")).ShouldBeNull("it belongs to timeline 2");
        (await FetchAsync("00000002.history")).ShouldBeNull();
        File.Exists(_layout.FeedMissing).ShouldBeFalse();
        (await FetchAsync("000000020000000000000003")).ShouldBeNull();
        File.ReadAllText(_layout.FeedMissing).Trim().ShouldBe("000000020000000000000003");

        Archived("z", One, "one");
        (await FetchAsync(One)).ShouldBe("one");
        Archived("z", One, "another one");
        (await FetchAsync(One)).ShouldBeNull("two members archived different logs by that name");
    }

    [Fact]
    public async Task Repositories_are_asked_for_pieces_of_that_history_too_and_two_that_differ_are_not_used()
    {
        const string History = "1\t0/1800000\tno recovery target specified\n";
        Repositories();
        Stored("orders.here", One, "one");
        Stored("orders.here", "00000002.history", "1\t0/2800000\tno recovery target specified\n");
        Stored("orders.here", Two, "two of another history");
        Stored("orders.there", "00000002.history", History);
        Stored("orders.there", Two, "two");
        Stored("orders.there", "000000020000000000000003", "three");
        Allow(FeedPlan.Make([new TimelineStart(2, Lsn.Parse("0/1800000"))], History, LogNames.DefaultSegmentBytes));

        (await FetchAsync(One)).ShouldBeNull("it belongs to timeline 2");
        Asked().ShouldBeEmpty();
        (await FetchAsync(Two)).ShouldBe("two");
        Asked().ShouldBe(["orders.here 00000002.history", "orders.there 00000002.history", $"orders.there {Two}"]);
        (await FetchAsync("000000020000000000000003")).ShouldBe("three");
        Asked().ShouldBe(["orders.there 000000020000000000000003"], "histories have been brought already");
        Directory.GetFiles(_layout.FeedDirectory, "*0000000*3").ShouldBeEmpty();
        (await FetchAsync("000000020000000000000004")).ShouldBeNull();
        File.ReadAllLines(_layout.FeedMissing).ShouldBe(["000000020000000000000004"]);

        Archived("x", "00000002.history", History);
        Archived("x", Two, "two");
        (await FetchAsync(Two)).ShouldBe("two");
        File.Exists(_layout.FeedMissing).ShouldBeFalse();
        Archived("x", Two, "another two");
        (await FetchAsync(Two)).ShouldBeNull("the archive and a repository have different logs by that name");
        File.ReadAllLines(_layout.FeedMissing)[1].ShouldEndWith("differ: neither is used");
    }

    [Fact]
    public async Task A_repository_that_did_not_answer_is_asked_again_only_for_what_nobody_else_has_and_why_is_told()
    {
        Repositories();
        Stored("orders.here", One, "one");
        Stored("orders.here", "000000010000000000000003", "three");
        Stored("orders.there", One, "one");
        Stored("orders.there", "000000010000000000000002", "two");
        File.WriteAllText(Path.Combine(_group.Root, "orders.here.broken"), "");
        Allow(FeedPlan.Make([], "", LogNames.DefaultSegmentBytes));

        (await FetchAsync(One)).ShouldBe("one");
        (await FetchAsync("000000010000000000000002")).ShouldBe("two");
        Asked().ShouldBe([$"orders.here {One}", $"orders.there {One}", "orders.there 000000010000000000000002"]);
        (await FetchAsync("000000010000000000000003")).ShouldBeNull();
        File.ReadAllLines(_layout.FeedMissing).ShouldBe(
            ["000000010000000000000003", "the repository of here: [ProtocolError] unable to load info file: HTTP request failed with 403 (Forbidden)"]);
        Asked().ShouldBe(["orders.there 000000010000000000000003", "orders.here 000000010000000000000003"]);
        File.Delete(Path.Combine(_group.Root, "orders.here.broken"));
        (await FetchAsync("000000010000000000000003")).ShouldBe("three");

        File.WriteAllText(_layout.FeedRepository("orders.here"), $"repo1-type=posix\nrepo1-path={_group.Root}/no where\n");
        (await FetchAsync("000000010000000000000004")).ShouldBeNull();
        File.ReadAllLines(_layout.FeedMissing)[1].ShouldBe($"the repository of here: {_group.Root}/no where is not there: mount it");
    }

    [Fact]
    public async Task A_storage_that_hangs_lacks_what_it_does_not_bring_in_time()
    {
        Allow(FeedPlan.Make([], "", LogNames.DefaultSegmentBytes));
        await TestGroup.RunAsync("mkfifo", Path.Combine(Directory.CreateDirectory(_place).FullName, One));
        InScript("limit=60", "limit=1");
        (await FetchAsync(One)).ShouldBeNull();
        File.ReadAllLines(_layout.FeedMissing).ShouldBe([One, "not brought within 1 s: the storage hangs"]);
    }

    [Fact]
    public void Each_segment_belongs_to_the_timeline_that_it_ends_in()
    {
        const string History = "1\t0/2800000\twhy\n\n2\t0/2900000\twhy\n\n3\t1/5000000\twhy\n";
        var plan = FeedPlan.Make(TimelineHistory.Parse(History, 4)!.Value, History, LogNames.DefaultSegmentBytes);
        plan.Ranges.ShouldBe("""
            00000001 0000000000000000 0000000000000001
            00000003 0000000000000002 0000000100000004
            00000004 0000000100000005 FFFFFFFFFFFFFFFF

            """);
        plan.Histories.ShouldBe(new Dictionary<uint, string>
        {
            [2] = "1\t0/2800000\twhy\n",
            [3] = "1\t0/2800000\twhy\n\n2\t0/2900000\twhy\n",
            [4] = History,
        });
        FeedPlan.Make([], "", LogNames.DefaultSegmentBytes).Ranges.ShouldBe("00000001 0000000000000000 FFFFFFFFFFFFFFFF\n");
    }

    public ValueTask DisposeAsync()
    {
        // What is there is no data directory, so there is no server to end.
        Directory.Delete(_layout.Data, recursive: true);
        return _group.DisposeAsync();
    }

    private void Log(string name, string text) => File.WriteAllText(Path.Combine(_layout.Log, name), text);

    private void Archived(string member, string name, string text)
    {
        var place = Directory.CreateDirectory(Path.Combine(_archive, "77", member));
        File.WriteAllText(Path.Combine(place.FullName, name), text);
    }

    /// <summary>Two repositories, and in place of pgBackRest something that brings what is stored in folders.</summary>
    private void Repositories()
    {
        var program = Path.Combine(_group.Root, "program");
        File.WriteAllText(program, $"""
            #!/bin/sh
            for given; do case $given in --stanza=*) of=$(expr "$given" : "--stanza=\\(.*\\)") ;; esac; done
            while [ "$1" != archive-get ]; do shift; done
            cd '{_group.Root}' && echo "$of $2" >>asked
            if [ -e "$of.broken" ]; then
                printf 'WARN: repo1: [ProtocolError] unable to load info file:\n      HTTP request failed with 403 (Forbidden)\n      HINT: why?\n' >&2
                exit 103
            fi
            [ -e "$of/$2" ] || exit 1
            cp "$of/$2" "$3"

            """);
        File.SetUnixFileMode(program, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        var line = File.ReadLines(_layout.ArchiveScript).Single(text => text.StartsWith("program=", StringComparison.Ordinal));
        InScript(line, $"program='{program}'");
        Directory.CreateDirectory(_layout.FeedDirectory);
        foreach (var stanza in (string[])["orders.here", "orders.there"])
        {
            Directory.CreateDirectory(Path.Combine(_group.Root, stanza));
            File.WriteAllText(_layout.FeedRepository(stanza), "repo1-type=s3\nrepo1-path=/orders\n");
        }
    }

    private void Stored(string stanza, string name, string text) => File.WriteAllText(Path.Combine(_group.Root, stanza, name), text);

    /// <summary>What the repositories have been asked for since the last look.</summary>
    private string[] Asked()
    {
        var path = Path.Combine(_group.Root, "asked");
        var asked = File.Exists(path) ? File.ReadAllLines(path) : [];
        File.Delete(path);
        return asked;
    }

    private void InScript(string before, string after)
    {
        var text = File.ReadAllText(_layout.ArchiveScript);
        text.ShouldContain(before);
        File.WriteAllText(_layout.ArchiveScript, text.Replace(before + "\n", after + "\n", StringComparison.Ordinal));
    }

    private void Waiting(int pieces)
    {
        for (var piece = 0; piece < pieces; piece++)
        {
            Log($"archive_status/{piece}.ready", "");
        }
    }

    private void Allow(FeedPlan plan)
    {
        Directory.CreateDirectory(_layout.FeedDirectory);
        foreach (var (timeline, history) in plan.Histories)
        {
            File.WriteAllText(Path.Combine(_layout.FeedDirectory, $"{timeline:X8}.history"), history);
        }

        File.WriteAllText(_layout.FeedRanges, plan.Ranges);
    }

    private Task<int> KeepAsync(string name) => RunAsync(_script.KeepCommand, name, "pg_wal/" + name);

    private async Task<string?> FetchAsync(string name)
    {
        var target = Path.Combine(_layout.Log, "RECOVERYXLOG");
        File.Delete(target);
        return await RunAsync(_script.FeedCommand, name, "pg_wal/RECOVERYXLOG") == 0 ? await File.ReadAllTextAsync(target) : null;
    }

    private async Task<int> RunAsync(string command, string name, string path)
    {
        command = command.Replace("%%", "\0").Replace("%f", name).Replace("%p", path).Replace("\0", "%");
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = _layout.Data })!;
        await process.WaitForExitAsync(_group.Token);
        return process.ExitCode;
    }
}
