using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;

namespace Holdfast.Engines.Redis;

/// <summary>What makes a loss tellable.</summary>
public sealed partial class RedisEngine
{
    public Task KeepDecodableAsync(Lsn confirmedElsewhere, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<LossReport?> DecodeLossAsync(
        SalvageReport salvaged, Lsn? acknowledgedUpTo, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        Task.FromResult<LossReport?>(null);

    public IReadOnlyList<LossReport> LossReports() => [];

    public Stream? OpenLoss(string id) => null;

    public Task<RowAnswer> CheckRowsAsync(RowQuestion question, CancellationToken cancellationToken) =>
        throw new EngineException($"store {_store.Name} has no tables");

    public Task<HeartbeatMark> WriteHeartbeatAsync(long epoch, CancellationToken cancellationToken) => throw OneSite();

    public Task<HeartbeatMark?> ReadHeartbeatAsync(CancellationToken cancellationToken) => throw OneSite();

    private EngineException OneSite() => new($"store {_store.Name} is at one site only") { IsPassing = true };
}
