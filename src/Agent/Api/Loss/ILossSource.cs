using Holdfast.Core.Loss;
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
}

/// <summary>The same, of the agent's own engine.</summary>
internal sealed class EngineLosses(ILossRecorder engine) : ILossSource
{
    public IReadOnlyList<LossReport> Reports() => engine.LossReports();

    public Stream? Open(string id) => engine.OpenLoss(id);

    public Task<RowAnswer> CheckAsync(RowQuestion question, CancellationToken cancellationToken) =>
        engine.CheckRowsAsync(question, cancellationToken);
}
