using System.Collections.Immutable;
using Holdfast.Quickstart.Faults.Sites;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Links;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart;

/// <summary>Two sites and a witness: sets a system of its own up, writes, and exercises what can happen between sites.</summary>
internal sealed class TwoSiteChapter(
    Options options, ImmutableArray<string> faults, HttpClient http, Narrator narrator, TimeProvider time)
{
    /// <summary>False: it ended before its time. What was measured is in the rounds.</summary>
    /// <param name="rounds">Get the results, each round its own.</param>
    /// <param name="stays">The system is left up.</param>
    /// <exception cref="QuickstartException">It cannot go on.</exception>
    public async Task<bool> RunAsync(ImmutableArray<List<FaultResult>> rounds, bool stays, CancellationToken cancellationToken)
    {
        var place = Place.CreateTwoSites(options.Folder);
        await using var link = new SiteLink(place);
        SitesFile.Write(place, link);
        var ledger = new ProcessLedger(place.Folder);
        var etcds = place.Etcds.Select(etcd => new Etcd(etcd, place.Etcds, ledger, http, time)).ToImmutableArray();
        var hosts = place.All
            .Select(member => new Host(member, options.Command!, SitesFile.Of(place, member.Site), ledger, time)).ToImmutableArray();
        try
        {
            narrator.Heading(
                $"Two sites ({string.Join(", ", place.Sites)}) with two members of {SystemFile.Store} (PostgreSQL) and one of {SitesFile.Sessions} (Redis) " +
                $"each, and a witness: {Place.Witness}");
            await Task.WhenAll(etcds.Select(etcd => etcd.StartAsync(cancellationToken)));
            narrator.Say("etcd answers at all three sites; isolation: fence, site-failover: automatic, " +
                $"site-lease: {SitesFile.SiteLease.TotalSeconds:0} s, site-loss rpo: {SitesFile.SiteRpo.TotalSeconds:0} s");
            await using var pair = new SitePair(place, place.Members, losesNoHost: true, http, time);
            await using var sessions = new SitePair(place, place.Sessions, losesNoHost: false, http, time);
            var both = new SiteStores(pair, sessions, time);
            await new Birth(place, hosts, both, narrator, time).RunAsync(cancellationToken);

            var database = new AppDatabase(place);
            await database.CreateAsync(place.Member(pair.Primary!), cancellationToken);
            await database.CreateTableAsync(cancellationToken);
            await using var writer = new Writer(database.ConnectionString, time);
            writer.Start();
            var store = new SessionStore(place);
            await using var keys = new KeyWriter(store, time);
            keys.Start();
            narrator.Say($"one writer of rows and one of keys, each knows all members of both sites; {pair.ActiveSite} is active");

            var stage = new SiteStage
            {
                Place = place,
                Etcds = etcds,
                Hosts = hosts,
                Link = link,
                Command = new Command(options.Command!, place),
                Pair = pair,
                Writer = writer,
                Database = database,
                Losses = new LossCheck(writer.Acknowledged),
                Sessions = new SessionStage(store, sessions, keys, new LossCheck(keys.Acknowledged), time),
                Both = both,
                Narrator = narrator,
                Time = time,
            };
            var whole = await ExerciseAsync(stage, rounds, cancellationToken);
            if (stays)
            {
                await DoWithoutLinkAsync(stage, ledger, cancellationToken);
                new Kept(place, options, narrator).Tell(database);
            }

            return whole;
        }
        finally
        {
            foreach (var one in hosts.Concat<IDisposable>(etcds))
            {
                one.Dispose();
            }
        }
    }

    /// <summary>
    /// The link is a part of this program and ends with it: the agents are started anew with the operator's file, in which the members of both
    /// sites are reached as they are.
    /// </summary>
    private async Task DoWithoutLinkAsync(SiteStage stage, ProcessLedger ledger, CancellationToken cancellationToken)
    {
        narrator.Say("the agents are restarted without the link that could be cut; the servers stay");
        foreach (var host in stage.Hosts)
        {
            await host.StopAgentAsync(SiteTrial.Deadline, cancellationToken);
            using var direct = new Host(host.Place, options.Command!, stage.Place.SystemFile, ledger, time);
            direct.StartAgent();
        }

        if (await stage.Both.WaitHealthyAsync(time.GetTimestamp(), SiteTrial.Deadline, () => null, cancellationToken) is { } missing)
        {
            narrator.Complain($"not healthy after that: {missing}");
        }
    }

    private async Task<bool> ExerciseAsync(SiteStage stage, ImmutableArray<List<FaultResult>> rounds, CancellationToken cancellationToken)
    {
        var trial = new SiteTrial(stage);
        foreach (var (number, results) in rounds.Index())
        {
            foreach (var name in faults)
            {
                narrator.Heading(rounds.Length > 1 ? $"{name}, round {number + 1} of {rounds.Length}" : name);
                results.Add(await trial.RunAsync(SiteFaultCatalogue.Create(name, options), cancellationToken));
                if (results[^1].HealthyAfterSeconds is null)
                {
                    narrator.Complain("no further fault is exercised on sites that are not healthy");
                    return false;
                }
            }
        }

        return true;
    }
}
