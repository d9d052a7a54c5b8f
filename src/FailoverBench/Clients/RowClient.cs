using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Clients;

/// <summary>Inserts rows, as the quickstart does.</summary>
internal sealed class RowClient(string connectionString, TimeProvider time) : IWriteClient
{
    private readonly Writer _writer = new(connectionString, time);

    public IdSet Acknowledged => _writer.Acknowledged;
    public Acknowledgement Latest => _writer.Latest;
    public string? LastProblem => _writer.LastProblem;

    public void Start() => _writer.Start();

    public Task ShowLifeAsync(TimeSpan calm, string before, CancellationToken cancellationToken) => _writer.ShowLifeAsync(calm, before, cancellationToken);

    public OutageWindow OpenWindow() => _writer.OpenWindow();

    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
