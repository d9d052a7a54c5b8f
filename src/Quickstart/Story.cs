using System.Collections.Immutable;
using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart;

/// <summary>The whole story: sets the system up, writes, exercises the faults, reports.</summary>
internal sealed class Story(Options options, Narrator narrator, TimeProvider time)
{
    private readonly List<List<FaultResult>> _rounds = [];

    /// <summary>True: every fault passed.</summary>
    /// <exception cref="QuickstartException">It cannot go on.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var place = Place.Create(options.Folder);
        SystemFile.Write(place);
        var ledger = new ProcessLedger(place.Folder);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var etcd = new Etcd(place, ledger, http, time);
        var hosts = place.Members.Select(member => new Host(member, options.Command!, place.SystemFile, ledger, time)).ToImmutableArray();
        try
        {
            narrator.Heading($"One site, one store, three members, one etcd, in {place.Folder}");
            await etcd.StartAsync(cancellationToken);
            narrator.Say($"etcd answers at {place.Etcd.Authority}");
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
            var passed = await ExerciseAsync(stage, cancellationToken);
            if (options.Keep)
            {
                new Kept(place, options, narrator).Tell(database);
            }

            return passed;
        }
        finally
        {
            Report();
            foreach (var host in hosts)
            {
                host.Dispose();
            }
        }
    }

    private async Task<bool> ExerciseAsync(Stage stage, CancellationToken cancellationToken)
    {
        var trial = new Trial(stage, new LossCheck(stage.Writer.Acknowledged));
        for (var round = 1; round <= options.Rounds; round++)
        {
            var results = new List<FaultResult>();
            _rounds.Add(results);
            foreach (var name in options.Faults)
            {
                narrator.Heading(options.Rounds > 1 ? $"{name}, round {round} of {options.Rounds}" : name);
                results.Add(await trial.RunAsync(FaultCatalogue.Create(name, options), cancellationToken));
                if (results[^1].HealthyAfterSeconds is null)
                {
                    narrator.Complain("no further fault is exercised on a group that is not healthy");
                    return false;
                }
            }
        }

        return _rounds.All(round => round.All(result => result.Problems.IsEmpty));
    }

    /// <summary>Also after a failure: what was measured is not thrown away.</summary>
    private void Report()
    {
        if (_rounds.All(round => round.Count == 0))
        {
            return;
        }

        narrator.Table(
            _rounds.SelectMany(round => round).GroupBy(result => result.Fault).Select(group => FaultResult.Summarise([.. group])),
            _rounds.Count);
        if (options.Json is { } file)
        {
            File.WriteAllText(file, JsonReport.Write(_rounds));
        }
    }
}
