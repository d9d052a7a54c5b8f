using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines;
using Holdfast.Engines.Loss;

namespace Holdfast.Simulation.Hosts;

internal sealed partial class SimEngine
{
    public async Task CloneAsync(string upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        await Takes(1, 10, cancellationToken);
        NeedsDisk();
        if (!Server.BeginClone(upstream))
        {
            throw new EngineException($"{_host.Name} runs: stop it before it is cloned") { IsPassing = true };
        }

        await Takes(50, 400, cancellationToken);
        if (!Server.FinishClone(upstream))
        {
            throw new EngineException($"{upstream} cannot be copied now") { IsPassing = true };
        }
    }

    public async Task RewindAsync(string upstream, LogPosition divergedFrom, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        await Takes(20, 200, cancellationToken);
        NeedsDisk();
        if (!Server.Reaches(_world.Servers[upstream]))
        {
            throw new EngineException($"{upstream} does not answer") { IsPassing = true };
        }

        if (_world.Chance(0.1) || !Server.Rewind(upstream, divergedFrom, _world.Defect.RewindTrustsNumbers))
        {
            throw new EngineException($"{_host.Name} cannot be rewound to follow {upstream}: clone it");
        }
    }

    public async Task<SalvageReport> SalvageAsync(LogPosition from, CancellationToken cancellationToken)
    {
        await Takes(5, 60, cancellationToken);
        NeedsDisk();
        Server.Salvage(from);
        var to = new LogPosition(Server.Timeline, Server.End);
        return new SalvageReport("salvage", from, to, (long)(to.Lsn.Value - Math.Min(from.Lsn.Value, to.Lsn.Value)));
    }

    /// <summary>The simulated log has nothing to decode: the oath keeper knows what is in it.</summary>
    public Task<LossReport?> DecodeLossAsync(
        SalvageReport salvaged, Lsn? acknowledgedUpTo, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        Task.FromResult<LossReport?>(null);

    public IReadOnlyList<LossReport> LossReports() => [];

    public Stream? OpenLoss(string id) => null;

    public Task KeepDecodableAsync(Lsn confirmedElsewhere, CancellationToken cancellationToken) => Takes(1, 10, cancellationToken);

    public Task<RowAnswer> CheckRowsAsync(RowQuestion question, CancellationToken cancellationToken) =>
        throw new EngineException("the simulated store has no tables");

    public async Task<HeartbeatMark> WriteHeartbeatAsync(long epoch, CancellationToken cancellationToken)
    {
        await Takes(0, 3, cancellationToken);
        NeedsDisk();
        var clock = _run.Clock.GetUtcNow();
        if (!Server.WriteLedger(epoch, clock.ToUnixTimeMilliseconds()))
        {
            throw new EngineException($"{_host.Name} is not a primary that accepts writes");
        }

        return Mark(epoch, clock);
    }

    public async Task<HeartbeatMark?> ReadHeartbeatAsync(CancellationToken cancellationToken)
    {
        var row = Server.Process == ProcessState.Running ? Server.LedgerRow : null;
        await Takes(0, 3, cancellationToken);
        return row is { } found ? Mark(found.Epoch, DateTimeOffset.FromUnixTimeMilliseconds(found.Clock)) : null;
    }

    private static HeartbeatMark Mark(long epoch, DateTimeOffset clock) =>
        new(epoch, 0, clock.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture), "0/0");
}
