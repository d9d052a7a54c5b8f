using System.Collections.Concurrent;
using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Loss;
using Holdfast.Agent.Api.Serving;
using Holdfast.Agent.Api.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Api;

/// <summary>An agent whose picture and answers a test sets; it records what it was asked.</summary>
public sealed class FakeControl(SystemSpec system, StoreSpec store, MemberSpec member, GroupStatus status) : IAgentControl
{
    public SystemSpec System { get; } = system;
    public StoreSpec Store { get; } = store;
    public MemberSpec Member { get; } = member;
    public GroupStatus Status { get; set; } = status;
    public bool IsLive { get; set; } = true;
    public ImmutableArray<HistoryEntry> History { get; set; } = [];
    public ImmutableArray<SiteMoveStatus> SiteMoves { get; set; } = [];
    public ConcurrentQueue<string> Calls { get; } = new();

    public ServingBoard Serving { get; } = new(TimeProvider.System);
    public Holdfast.Agent.Backup.IRestoreDesk? Restores { get; set; }
    public FakeLosses OwnLosses { get; } = new();
    public ILossSource Losses => OwnLosses;

    public Func<string, CancellationToken, Task<CommandResult>> OnCall { get; set; } = (_, _) => Task.FromResult(new CommandResult(true, "taken"));
    public Func<string, MoveProgress?> OnMove { get; set; } = _ => null;

    public Task<CommandResult> RequestMoveAsync(MoveKind kind, string? target, bool acceptDataLoss, CancellationToken cancellationToken) =>
        Record($"{kind} to={target ?? "any"} loss={acceptDataLoss}", cancellationToken);

    public Task<MoveProgress?> RequestState(string id, CancellationToken cancellationToken) => Task.FromResult(OnMove(id));
    public Task<CommandResult> SetPausedAsync(bool paused, CancellationToken cancellationToken) => Record($"paused={paused}", cancellationToken);
    public Task<CommandResult> ReinitialiseAsync(CancellationToken cancellationToken) => Record("reinit", cancellationToken);
    public Task<CommandResult> RestartServerAsync(bool onlyIfPending, CancellationToken cancellationToken) =>
        Record($"restart pending={onlyIfPending}", cancellationToken);

    public Task<CommandResult> RequestSiteMoveAsync(SiteMoveRequest request, CancellationToken cancellationToken) =>
        Record($"{request.Kind} site={request.To} loss={request.AcceptDataLoss} fenced={request.Fenced ?? "-"}", cancellationToken);

    public Task<ImmutableArray<SiteMoveStatus>> SiteMovesAsync(CancellationToken cancellationToken) => Task.FromResult(SiteMoves);
    public Task<ImmutableArray<HistoryEntry>> HistoryAsync(CancellationToken cancellationToken) => Task.FromResult(History);

    private Task<CommandResult> Record(string call, CancellationToken cancellationToken)
    {
        Calls.Enqueue(call);
        return OnCall(call, cancellationToken);
    }
}
