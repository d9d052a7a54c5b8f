using Holdfast.Quickstart;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Clients;

/// <summary>The client whose outage is measured: one connection, one write after another, the same rules for all systems of a kind.</summary>
internal interface IWriteClient : IAsyncDisposable
{
    /// <summary>Ids of all acknowledged writes.</summary>
    IdSet Acknowledged { get; }

    Acknowledgement Latest { get; }

    /// <summary>What the last failed write or connection met; null: nothing failed yet.</summary>
    string? LastProblem { get; }

    void Start();

    /// <summary>Waits for so long, in which writes must be acknowledged.</summary>
    /// <exception cref="QuickstartException">Nothing was acknowledged.</exception>
    Task ShowLifeAsync(TimeSpan calm, string before, CancellationToken cancellationToken);

    /// <summary>From now on gaps are measured, until the window is closed.</summary>
    OutageWindow OpenWindow();
}
