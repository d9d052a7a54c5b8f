using Holdfast.Core.Loss;
using Holdfast.Engines;
using Holdfast.Engines.Loss;

namespace Holdfast.Agent.Api.Loss;

/// <summary>What the API needs to show losses. Users' data pass through here: callers have shown the system's token.</summary>
public interface ILossSource
{
    /// <summary>This member's reports, newest first.</summary>
    IReadOnlyList<LossReport> Reports();

    /// <summary>The list of a report as lines of JSON. Null: no such report, or nothing is listed.</summary>
    Stream? Open(string id);

    /// <summary>What has become of rows, asked of this member's server, which must be the primary.</summary>
    /// <exception cref="Engines.EngineException">It cannot be told; the message says why.</exception>
    Task<RowAnswer> CheckAsync(RowQuestion question, CancellationToken cancellationToken);

    /// <summary>Brings back to the present primary what it lacks of a report of this member.</summary>
    /// <exception cref="Engines.EngineException">Not even a beginning could be made; the message says why.</exception>
    Task<LossRestored> RestoreAsync(string id, bool dryRun, IProgress<JobProgress> progress, CancellationToken cancellationToken);
}

/// <summary>The same, of the agent's own engine.</summary>
internal sealed class EngineLosses(ILossRecorder engine) : ILossSource
{
    public IReadOnlyList<LossReport> Reports() => engine.LossReports();

    public Stream? Open(string id) => engine.OpenLoss(id);

    public Task<RowAnswer> CheckAsync(RowQuestion question, CancellationToken cancellationToken) =>
        engine.CheckRowsAsync(question, cancellationToken);

    public Task<LossRestored> RestoreAsync(string id, bool dryRun, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        (engine as ILossRestorer ?? throw new EngineException("what such a store lost is not brought back by its agents: see 'holdfast loss'"))
            .RestoreLossAsync(id, dryRun, progress, cancellationToken);
}
