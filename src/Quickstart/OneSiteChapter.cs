using System.Collections.Immutable;
using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart;

/// <summary>One site: sets the system up, writes, and exercises the faults.</summary>
internal sealed class OneSiteChapter(
    Options options, ImmutableArray<string> faults, HttpClient http, Narrator narrator, TimeProvider time)
{
    /// <summary>False: it ended before its time. What was measured is in the rounds.</summary>
    /// <param name="rounds">Get the results, each round its own.</param>
    /// <param name="stays">The system is left up.</param>
    /// <exception cref="QuickstartException">It cannot go on.</exception>
    public async Task<bool> RunAsync(ImmutableArray<List<FaultResult>> rounds, bool stays, CancellationToken cancellationToken)
    {
        var place = Place.Create(options.Folder);
        SystemFile.Write(place);
        var ledger = new ProcessLedger(place.Folder);
        using var etcd = new Etcd(place.Etcds[0], place.Etcds, ledger, http, time);
        var hosts = place.Members.Select(member => new Host(member, options.Command!, place.SystemFile, ledger, time)).ToImmutableArray();
        try
        {
            narrator.Heading($"One site, one store, three members, one etcd, in {place.Folder}");
            await etcd.StartAsync(cancellationToken);
            narrator.Say($"etcd answers at {place.Etcds[0].Client.Authority}");
            await using var group = new Group(place, http, time);
            await new Birth(place, hosts, group, narrator, time).RunAsync(cancellationToken);

            var database = new AppDatabase(place);
            await database.CreateAsync(place.Member(group.Newest.Primary!), cancellationToken);
            await database.CreateTableAsync(cancellationToken);
            await using var writer = new Writer(database.ConnectionString, time);
            writer.Start();
            narrator.Say("the writer inserts one row a transaction, over an ordinary multi-host connection string");

            var stage = new Stage
            {
                Place = place,
                Etcd = etcd,
                Hosts = hosts,
                Command = new Command(options.Command!, place),
                Group = group,
                Writer = writer,
                Database = database,
                Narrator = narrator,
                Time = time,
            };
            var whole = await ExerciseAsync(stage, rounds, cancellationToken);
            if (stays)
            {
                new Kept(place, options, narrator).Tell(database);
            }

            return whole;
        }
        finally
        {
            foreach (var host in hosts)
            {
                host.Dispose();
            }
        }
    }

    private async Task<bool> ExerciseAsync(Stage stage, ImmutableArray<List<FaultResult>> rounds, CancellationToken cancellationToken)
    {
        var trial = new Trial(stage, new LossCheck(stage.Writer.Acknowledged));
        foreach (var (number, results) in rounds.Index())
        {
            foreach (var name in faults)
            {
                narrator.Heading(rounds.Length > 1 ? $"{name}, round {number + 1} of {rounds.Length}" : name);
                results.Add(await trial.RunAsync(FaultCatalogue.Create(name, options), cancellationToken));
                if (results[^1].HealthyAfterSeconds is null)
                {
                    narrator.Complain("no further fault is exercised on a group that is not healthy");
                    return false;
                }
            }
        }

        return true;
    }
}
