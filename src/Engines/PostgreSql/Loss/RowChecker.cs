using System.Text;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>
/// Looks up rows on the present primary. It logs in as a role that may read everything and write nothing: names and values come from outside,
/// and types of the users' own run code of theirs.
/// </summary>
internal sealed class RowChecker(Layout layout, string member)
{
    private const int TimeLimitSeconds = 5;

    public async Task<RowAnswer> RunAsync(RowQuestion question, CancellationToken cancellationToken)
    {
        await using var source = LocalServer.Create(layout.SocketDirectory, layout.Port, "check", question.Database, RoleNames.Reader);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var settings = SqlText.SetSession().Append("SET default_transaction_read_only = on").Append($"SET statement_timeout = '{TimeLimitSeconds}s'");
        await using (var prepare = new NpgsqlCommand(string.Join("; ", settings), connection))
        {
            await prepare.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var recovery = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection);
        if (await recovery.ExecuteScalarAsync(cancellationToken) is true)
        {
            throw new EngineException($"{member} is not a primary: ask the one that is");
        }

        var table = await TableFacts.ReadAsync(connection, question.Database, question.Table, cancellationToken)
            ?? throw new EngineException($"there is no table {question.Table} in database {question.Database} of {member}");
        if (question.Key.Concat(question.Columns).FirstOrDefault(name => table.Columns.All(column => column.Name != name)) is { } missing)
        {
            throw new EngineException($"table {question.Table} of {member} has no column {missing} any more");
        }

        return question.WholeTable
            ? new RowAnswer([], await AnyAsync(connection, question, cancellationToken))
            : new RowAnswer(await FindAsync(connection, question, table, cancellationToken));
    }

    /// <summary>As <see cref="Fingerprint.Of"/> does it; by what the type's output function gives, which is what the report holds.</summary>
    private static string Fingerprinted(string column)
    {
        var printed = $"convert_to(format('%s', {column}), 'UTF8')";
        return $"CASE WHEN {column} IS NOT DISTINCT FROM NULL THEN NULL WHEN octet_length({printed}) <= {Fingerprint.LongestBytes} " +
            $"THEN format('%s', {column}) ELSE '{Fingerprint.Prefix}' || encode(sha256({printed}), 'hex') END";
    }

    private static async Task<bool?> AnyAsync(NpgsqlConnection connection, RowQuestion question, CancellationToken cancellationToken)
    {
        if (question.FirstNewXid is not { } first)
        {
            return null;
        }

        // The distance on the circle of numbers, as the server itself would see it.
        await using var command = new NpgsqlCommand(
            $"""
            SELECT EXISTS (SELECT FROM ONLY {SqlText.Name(question.Table)}
              WHERE xmin::text::bigint >= 3 AND (xmin::text::bigint - {first} + 4294967296) % 4294967296 < 2147483648)
            """, connection);
        try
        {
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            return null; // Too large to be read in the time: then it cannot be told.
        }
    }

    private static async Task<List<RowFound?>> FindAsync(
        NpgsqlConnection connection, RowQuestion question, LossTable table, CancellationToken cancellationToken)
    {
        var sql = new StringBuilder("SELECT asked.at, present.xmin::text");
        foreach (var column in question.Columns)
        {
            sql.Append(", ").Append(Fingerprinted("present." + SqlText.Name(column)));
        }

        sql.Append(" FROM (VALUES ");
        for (var at = 0; at < question.Keys.Count; at++)
        {
            sql.Append(at == 0 ? "" : ", ").Append($"({at}, ").AppendJoin(", ", question.Keys[at].Select(SqlText.Literal)).Append(')');
        }

        sql.Append(") AS asked (at, ").AppendJoin(", ", question.Key.Select((_, i) => $"k{i}")).Append(") JOIN ONLY ")
            .Append(SqlText.Name(question.Table)).Append(" AS present ON ")
            .AppendJoin(" AND ", question.Key.Select((name, i) =>
                $"present.{SqlText.Name(name)} = CAST(asked.k{i} AS {table.Columns.First(column => column.Name == name).Type})"));
        await using var command = new NpgsqlCommand(sql.ToString(), connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = Enumerable.Repeat<RowFound?>(null, question.Keys.Count).ToList();
        while (await reader.ReadAsync(cancellationToken))
        {
            bool? since = question.FirstNewXid is { } first ? !XidOrder.IsBefore(uint.Parse(reader.GetString(1)), first) : null;
            rows[reader.GetInt32(0)] = new RowFound(
                since, [.. Enumerable.Range(2, question.Columns.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        }

        return rows;
    }
}
