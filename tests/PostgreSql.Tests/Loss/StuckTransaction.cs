using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Loss;

/// <summary>A transaction that has written and does not commit; its server may die under it.</summary>
internal sealed class StuckTransaction : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private StuckTransaction(NpgsqlConnection connection) => _connection = connection;

    public static async Task<StuckTransaction> BeginAsync(TestGroup group, string sql)
    {
        var connection = await group.ConnectAsync("a");
        await using var command = new NpgsqlCommand("BEGIN; " + sql, connection);
        await command.ExecuteNonQueryAsync(group.Token);
        return new StuckTransaction(connection);
    }

    public async Task CommitAsync(TestGroup group)
    {
        await using var command = new NpgsqlCommand("COMMIT", _connection);
        await command.ExecuteNonQueryAsync(group.Token);
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
