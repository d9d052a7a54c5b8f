using System.Collections.Immutable;
using System.Data.Common;
using System.Net.Sockets;
using Holdfast.FailoverBench.Cost;
using Holdfast.FailoverBench.Faults;
using Holdfast.FailoverBench.Footprint;
using Holdfast.FailoverBench.Load;
using Holdfast.FailoverBench.Reporting;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench;

/// <summary>One whole run: each system by itself under faults, then those that are compared for their cost together.</summary>
internal sealed class Bench(Options options, Surroundings surroundings)
{
    /// <summary>A system that cannot be made healthy again is started anew; not more often than this.</summary>
    private const int Starts = 3;
    private readonly Narrator _narrator = surroundings.Narrator;
    private readonly TimeProvider _time = surroundings.Time;
    private readonly ImmutableArray<FaultOutcome>.Builder _outcomes = ImmutableArray.CreateBuilder<FaultOutcome>();
    private readonly ImmutableArray<AgentFootprint>.Builder _footprints = ImmutableArray.CreateBuilder<AgentFootprint>();
    private readonly ImmutableArray<LoadOutcome>.Builder _loads = ImmutableArray.CreateBuilder<LoadOutcome>();
    private readonly ImmutableArray<string>.Builder _failures = ImmutableArray.CreateBuilder<string>();
    private readonly Dictionary<string, string> _described = [];
    private (string System, ImmutableSortedDictionary<string, string> Settings)? _first;
    private ImmutableArray<CostSample> _costs = [];
    private int _folders;

    /// <summary>Measures all that was asked for.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var key in options.Systems)
        {
            _narrator.Heading(key);
            await GuardedAsync(key, () => options.Load > TimeSpan.Zero ? LoadAsync(key, cancellationToken) : SystemAsync(key, cancellationToken));
        }

        if (options.Cost > TimeSpan.Zero && options.Load == TimeSpan.Zero)
        {
            _narrator.Heading("cost of commits");
            await GuardedAsync("cost of commits", () => CostAsync(cancellationToken));
        }
    }

    /// <summary>What has been measured so far: a run of hours that is interrupted was not for nothing.</summary>
    public Report Report(Machine machine) => new(
        options.Kind, machine, options.Rounds, [.. options.Systems.Where(_described.ContainsKey).Select(key => (key, _described[key]))], options.Faults,
        _outcomes.ToImmutable(), _footprints.ToImmutable(), _costs, _loads.ToImmutable(), _failures.ToImmutable(), LoadStage.LoadAverage());

    /// <summary>What one system cannot do must not keep the others from being measured; it is in the report.</summary>
    private async Task GuardedAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (fault is QuickstartException or DbException or TimeoutException or IOException or SocketException)
        {
            _failures.Add($"{what}: {fault.Message}");
            _narrator.Complain($"PROBLEM {what}: {fault.Message}");
        }
    }

    private async Task SystemAsync(string key, CancellationToken cancellationToken)
    {
        var looked = options.Idle == TimeSpan.Zero || key is SystemCatalogue.PostgreSql or SystemCatalogue.Redis;
        var pending = new Queue<(int Round, string Fault)>(
            from round in Enumerable.Range(1, options.Rounds) from fault in options.Faults select (round, fault));
        for (var start = 1; start <= Starts && (pending.Count > 0 || !looked); start++)
        {
            using var system = await StartAsync(SystemCatalogue.Create(options.Kind, key, ++_folders, surroundings), cancellationToken);
            try
            {
                if (!looked)
                {
                    _narrator.Say($"looking at its idle agents for {options.Idle.TotalSeconds:0} s");
                    _footprints.Add(await AgentFootprint.MeasureAsync(system, options.Idle, _time, cancellationToken));
                    looked = true;
                }

                await FaultsAsync(system, pending, cancellationToken);
            }
            finally
            {
                await EndAsync(system, last: key == options.Systems[^1] && options.Cost == TimeSpan.Zero);
            }
        }

        if (pending.Count > 0)
        {
            throw new QuickstartException($"given up after {Starts} starts, with {pending.Count} faults left; it was not healthy again each time");
        }
    }

    /// <summary>Until none is left, or the system does not become healthy again.</summary>
    private async Task FaultsAsync(StoreSystem system, Queue<(int Round, string Fault)> pending, CancellationToken cancellationToken)
    {
        await using var writer = system.CreateClient();
        writer.Start();
        var losses = new LossCheck(writer.Acknowledged);
        while (pending.TryDequeue(out var next))
        {
            if (!system.Faults.Contains(next.Fault))
            {
                continue;
            }

            var outcome = await new FaultRound(system, writer, losses, _narrator, _time).RunAsync(next.Fault, next.Round, cancellationToken);
            _outcomes.Add(outcome);
            if (outcome.HealthyAfterSeconds is null)
            {
                _narrator.Complain($"{system.Key} is started anew");
                return;
            }
        }
    }

    private async Task LoadAsync(string key, CancellationToken cancellationToken)
    {
        using var system = await StartAsync(SystemCatalogue.Create(key, ++_folders, surroundings), cancellationToken);
        try
        {
            _loads.Add(await new LoadStage(options.Load, options.Computing, _narrator, _time).RunAsync(system, cancellationToken));
        }
        finally
        {
            await EndAsync(system, last: key == options.Systems[^1]);
        }
    }

    private async Task CostAsync(CancellationToken cancellationToken)
    {
        var wanted = SystemCatalogue.WithCost.Where(key => key == SystemCatalogue.PostgreSql || options.Systems.Contains(key)).ToArray();
        var systems = new List<DatabaseSystem>();
        try
        {
            foreach (var key in wanted)
            {
                systems.Add(await StartAsync(SystemCatalogue.Create(key, ++_folders, surroundings), cancellationToken));
            }

            _costs = await new CostStage(options.Cost, options.Rounds, _narrator).RunAsync([.. systems], cancellationToken);
        }
        finally
        {
            foreach (var system in systems)
            {
                await EndAsync(system, last: true);
                system.Dispose();
            }
        }
    }

    private async Task<T> StartAsync<T>(T system, CancellationToken cancellationToken)
        where T : StoreSystem
    {
        var key = system.Key;
        try
        {
            var start = _time.GetTimestamp();
            await system.StartAsync(cancellationToken);
            await CompareSettingsAsync(system, cancellationToken);
            _described[key] = system.Description;
            _narrator.Say($"{key} is healthy after {_time.GetElapsedTime(start).TotalSeconds:0.0} s ({system.Description})");
            return system;
        }
        catch
        {
            await EndAsync(system, last: false);
            system.Dispose();
            throw;
        }
    }

    /// <summary>Figures compare only if the servers are set alike.</summary>
    private async Task CompareSettingsAsync(StoreSystem system, CancellationToken cancellationToken)
    {
        var primary = await system.PrimaryAsync(cancellationToken) ?? throw new QuickstartException($"{system.Key} has no primary");
        var settings = await system.SettingsAsync(primary.Place, cancellationToken);
        _first ??= (system.Key, settings);
        var different = settings.Where(setting => _first.Value.Settings.GetValueOrDefault(setting.Key) != setting.Value).ToArray();
        if (different.Length > 0)
        {
            throw new QuickstartException(
                $"{system.Key} differs from {_first.Value.System} in " + string.Join(", ", different.Select(setting =>
                    $"{setting.Key} ({setting.Value}, not {_first.Value.Settings.GetValueOrDefault(setting.Key)})")));
        }
    }

    private async Task EndAsync(StoreSystem system, bool last)
    {
        if (last && options.Keep)
        {
            _narrator.Say($"{system.Key} stays up in {system.Place.Folder}; end it with: bench/failover/run --stop {surroundings.Folder}");
            return;
        }

        if (await new Teardown(system.Place.Folder, _time).RunAsync() is { } remains)
        {
            throw new QuickstartException(remains);
        }
    }
}
