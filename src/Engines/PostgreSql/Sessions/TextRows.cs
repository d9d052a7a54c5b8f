using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>Reads an answer in which every column is text.</summary>
internal static class TextRows
{
    /// <summary>All rows. It takes no token: see <see cref="LeftBehind"/>.</summary>
    public static async Task<List<string?[]>> ReadAsync(NpgsqlCommand command)
    {
        var rows = new List<string?[]>();
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        while (await reader.ReadAsync(CancellationToken.None))
        {
            var row = new string?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetFieldValue<string>(i);
            }

            rows.Add(row);
        }

        return rows;
    }
}
