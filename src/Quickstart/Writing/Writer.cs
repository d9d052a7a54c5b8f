using System.Net.Sockets;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Quickstart.Writing;

/// <summary>
/// Inserts one row after another, each in a transaction of its own. An insert that fails or takes longer than its deadline is given up; the writer connects
/// anew at once.
/// </summary>
internal sealed class Writer(string connectionString, TimeProvider time) : Recorder(time)
{
    /// <summary>An insert that has no answer by then is given up.</summary>
    public static readonly TimeSpan InsertDeadline = TimeSpan.FromMilliseconds(500);
    /// <summary>So long an attempt to connect may take, all hosts together.</summary>
    public static readonly TimeSpan ConnectDeadline = TimeSpan.FromMilliseconds(250);
    /// <summary>Between two failed attempts: the machine needs its processors to recover.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Abandoned _abandoned = new();
    private long _id;

    protected override async Task WriteAsync(CancellationToken stop)
    {
        NpgsqlConnection? connection = null;
        while (!stop.IsCancellationRequested)
        {
            if (!_abandoned.HasRoom)
            {
                await Task.Delay(Pause, Time, stop);
                continue;
            }

            var pending = Task.CompletedTask;
            try
            {
                if (connection is null)
                {
                    connection = new NpgsqlConnection(connectionString);
                    // The wait is bounded here: handed a token, Npgsql goes on waiting for a server that is frozen in the middle of a
                    // handshake, and before it gives up on a command it asks the frozen server to cancel it.
                    pending = connection.OpenAsync(CancellationToken.None);
                    await pending.WaitAsync(ConnectDeadline, Time, stop);
                }

                pending = InsertAsync(connection, ++_id);
                await pending.WaitAsync(InsertDeadline, Time, stop);
                Acknowledge(_id, connection.Port);
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException or IOException or SocketException)
            {
                LastProblem = fault.Message;
                _abandoned.Take(connection!, pending);
                connection = null;
                await Task.Delay(Pause, Time, stop);
            }
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private static async Task InsertAsync(NpgsqlConnection connection, long id)
    {
        await using var command = new NpgsqlCommand("insert into writes (id) values ($1)", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = id, NpgsqlDbType = NpgsqlDbType.Bigint } },
        };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
