using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.Loss;

namespace Holdfast.Agent.Tests.Leases;

/// <summary>Notes how often it was stopped; nothing else is asked of it. The server it stands for is processes of the test, or none.</summary>
internal sealed class EngineDouble : IMemberEngine
{
    private int _stops;

    public event Action? Exited
    {
        add { }
        remove { }
    }

    public int Stops => Volatile.Read(ref _stops);
    /// <summary>What a stop does besides being counted.</summary>
    public Action OnStop { get; set; } = () => { };
    public ImmutableArray<string> CredentialNames => [];

    public Task StopAsync(StopMode mode, CancellationToken cancellationToken)
    {
        mode.ShouldBe(StopMode.Immediate);
        Interlocked.Increment(ref _stops);
        OnStop();
        return Task.CompletedTask;
    }

    public Task<bool> ProbePeerAsync(string member, CancellationToken cancellationToken) => Task.FromResult(false);
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task<EngineView> ObserveAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public void UseCredentials(ImmutableDictionary<string, Secret> credentials) => throw new NotSupportedException();
    public Task InitialiseAsync(IProgress<JobProgress> progress, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task PrepareAccessAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task CloneAsync(string upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task RewindAsync(string upstream, LogPosition divergedFrom, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
    public Task<SalvageReport> SalvageAsync(LogPosition from, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task StartAsync(StartSpec spec, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task AttachAsync(string upstream, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task DetachAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task PromoteAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task SetSyncAsync(SyncRule rule, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task SetExtraAsync(SyncExtra extra, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task SetGateAsync(bool open, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task KeepLogForAsync(ImmutableArray<string> members, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task CheckpointAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task ProbeCommitAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task ConfigureAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task FeedAsync(string archive, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task FollowSlotsAsync(ImmutableDictionary<string, Lsn> slots, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task KeepDecodableAsync(Lsn confirmedElsewhere, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<LossReport?> DecodeLossAsync(
        SalvageReport salvaged, Lsn? acknowledgedUpTo, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
    public IReadOnlyList<LossReport> LossReports() => throw new NotSupportedException();
    public Stream? OpenLoss(string id) => throw new NotSupportedException();
    public Task<RowAnswer> CheckRowsAsync(RowQuestion question, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<HeartbeatMark> WriteHeartbeatAsync(long epoch, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<HeartbeatMark?> ReadHeartbeatAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}
