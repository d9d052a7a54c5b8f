using Holdfast.Quickstart.Writing;
using Npgsql;

namespace Holdfast.FailoverBench.Clients;

/// <summary>Inserts rows of its own at one server of PostgreSQL.</summary>
internal sealed class RowProbe(string connectionString) : IProbe
{
    private readonly Abandoned _abandoned = new();
    private NpgsqlConnection? _session;

    public bool IsOpen => _session is not null;
    public bool HasRoom => _abandoned.HasRoom;

    public Task OpenAsync()
    {
        _session = new NpgsqlConnection(connectionString);
        return _session.OpenAsync(CancellationToken.None);
    }

    public async Task WriteAsync(long id)
    {
        await using var command = new NpgsqlCommand("insert into probe (id) values ($1)", _session)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = id } },
        };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public void Abandon(Task pending)
    {
        if (_session is { } session)
        {
            _abandoned.Take(session, pending);
            _session = null;
        }
    }

    public ValueTask DisposeAsync() => _session?.DisposeAsync() ?? ValueTask.CompletedTask;
}
