using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>Runs cells one after the other on one cluster with one store, whose active site may be another one after each.</summary>
internal sealed class CellRun(SiteCluster cluster, SiteStore store, OneWriterWatch watch)
{
    /// <summary>Beyond the site lease: etcd elects another leader, extends the lease, and the other site promotes.</summary>
    private static readonly TimeSpan Change = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Return = TimeSpan.FromSeconds(60);
    /// <summary>What a client may notice when nothing moves.</summary>
    private static readonly TimeSpan Blip = TimeSpan.FromSeconds(1);

    private TimeSpan Lease => TimeSpan.FromSeconds(int.Parse(store.Options.Timing["site-lease"].TrimEnd('s'), CultureInfo.InvariantCulture));

    /// <summary>Cuts, looks, heals, waits until all is whole again, and checks what must hold whatever the outcome was.</summary>
    public async Task<Outcome> RunAsync(Cell cell)
    {
        var expected = Expectation.WriterOf(cell, store.Options.Isolation);
        var primary = await store.FindPrimaryAsync() ?? throw new InvalidOperationException(cluster.Fail("there is no primary"));
        var roles = Roles(store.SiteOf(primary));
        await cluster.Global.Admin.LeadAsync(cluster.Global.Servers[Order(roles[cell.Case.Centre])]);
        var start = Stopwatch.GetTimestamp();
        var failed = store.HostOf(primary);

        var cuts = cell.Case.Directions.Select(cut => new Cut(roles[cut.From], roles[cut.To]));
        await Task.WhenAll(cluster.Net.CutAsync(cuts), cell.HostFails ? failed.CrashAsync() : Task.CompletedTask);
        var outcome = await SettledAsync(cell, expected, roles, start);

        await cluster.Net.SetCutsAsync();
        await (cell.HostFails ? failed.BootAsync() : Task.CompletedTask);
        await cluster.HealthyAsync(store, Return);
        await watch.WritesAsync(_ => true, Return);

        watch.Overlaps.ShouldBeEmpty($"{cell}: at most one writer");
        await LossKeepsThePromiseAsync(cell, roles, start);
        return outcome;
    }

    /// <summary>Waits until what is expected has come, and then sees that it stays for longer than the site lease.</summary>
    private async Task<Outcome> SettledAsync(Cell cell, Writer expected, IReadOnlyDictionary<SiteRole, string> roles, long start)
    {
        var (active, passive) = (roles[SiteRole.Active], roles[SiteRole.Passive]);
        switch (expected)
        {
            case Writer.Active when cell.HostFails:
                await watch.WritesAsync(member => store.SiteOf(member) == active, Change);
                break;
            case Writer.Passive:
                await watch.WritesAsync(member => store.SiteOf(member) == passive, Change);
                break;
            case Writer.Nobody:
                await Eventually.TrueAsync(
                    () => !watch.Since(Before(Lease)).Any() && Stopwatch.GetElapsedTime(start) > Lease, Change,
                    () => cluster.Fail($"{cell}: somebody goes on writing"));
                break;
        }

        var steady = Stopwatch.GetTimestamp();
        var hold = expected == Writer.Active ? Lease + Blip : Blip;
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(steady) > hold, hold + Change, () => "time stands still");
        var sites = watch.Since(steady).Select(commit => store.SiteOf(store.Member(commit.Member))).Distinct().ToList();
        var writer = sites switch
        {
            [] => Writer.Nobody,
            [var one] when one == active => Writer.Active,
            [var one] when one == passive => Writer.Passive,
            _ => throw new InvalidOperationException(cluster.Fail($"{cell}: {string.Join(" and ", sites)} write")),
        };
        writer.ShouldBe(expected, cluster.Fail($"{cell}"));
        if (expected == Writer.Active && !cell.HostFails)
        {
            LongestGap(start).ShouldBeLessThan(Blip, $"{cell}: production goes on");
        }

        var seen = await store.StatusAsync();
        var streams = writer == Writer.Active && await ReachesAsync(passive);
        return new Outcome(writer, streams, writer == Writer.Nobody || IsAskedFor(cell, writer) ? WaitsFor(seen, passive, cell) : null);
    }

    /// <summary>Whether a member of a site has rows that are written now.</summary>
    private async Task<bool> ReachesAsync(string site)
    {
        var written = await watch.WritesAsync(_ => true, Blip);
        var member = store.At(site).First();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Blip;)
        {
            if (await member.AskInAsync<long>(RowTable.Name, $"select count(*) from writes where id = {written.Id}") == 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>With <c>continue</c>, a site that is cut off goes on; the other one says that it waits for an operator.</summary>
    private static bool IsAskedFor(Cell cell, Writer writer) => writer == Writer.Active && !cell.Case.Connects(SiteRole.Active, SiteRole.Passive) &&
        !cell.Case.Connects(SiteRole.Active, SiteRole.Witness) && cell.Case.Connects(SiteRole.Passive, SiteRole.Witness);

    private string WaitsFor(SeenStatus?[] seen, string passive, Cell cell)
    {
        // The passive site's members say what they wait for; the active one may be gone.
        var says = store.Members.Zip(seen).Where(pair => store.SiteOf(pair.First) == passive && pair.Second is { Rule: not null, Reason.Length: > 0 })
            .Select(pair => pair.Second!.Rule!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        says.ShouldNotBeEmpty(cluster.Fail($"{cell}: nobody says what it waits for:\n{store.Describe(seen)}"));
        return string.Join(", ", says);
    }

    private async Task LossKeepsThePromiseAsync(Cell cell, IReadOnlyDictionary<SiteRole, string> roles, long start)
    {
        var lost = (await watch.LostAsync()).Where(commit => commit.Acknowledged >= start).ToImmutableArray();
        if (Expectation.WriterOf(cell, store.Options.Isolation) != Writer.Passive)
        {
            lost.ShouldBeEmpty($"{cell}: the active site stays the same, so nothing is lost");
            return;
        }

        var promise = TimeSpan.FromSeconds(int.Parse(store.Options.SiteRpo.TrimEnd('s'), CultureInfo.InvariantCulture));
        var last = watch.Since(start).Where(commit => store.SiteOf(store.Member(commit.Member)) == roles[SiteRole.Active]).Select(commit => commit.Acknowledged)
            .DefaultIfEmpty(start).Max();
        lost.ShouldAllBe(commit => store.SiteOf(store.Member(commit.Member)) == roles[SiteRole.Active]);
        lost.ShouldAllBe(commit => Stopwatch.GetElapsedTime(commit.Acknowledged, last) <= promise, $"{cell}: within the RPO of the loss of a site");
    }

    private TimeSpan LongestGap(long since)
    {
        var times = watch.Since(since).Select(commit => commit.Acknowledged).Prepend(since).Append(Stopwatch.GetTimestamp()).ToList();
        return times.Zip(times.Skip(1), Stopwatch.GetElapsedTime).Max();
    }

    private Dictionary<SiteRole, string> Roles(string active) => new()
    {
        [SiteRole.Active] = active,
        [SiteRole.Passive] = cluster.Options.Sites.Single(site => site != active),
        [SiteRole.Witness] = cluster.Options.Witness,
    };

    private int Order(string site) => cluster.Options.Sites.Append(cluster.Options.Witness).ToList().IndexOf(site);

    private static long Before(TimeSpan span) => Stopwatch.GetTimestamp() - (long)(span.TotalSeconds * Stopwatch.Frequency);
}
