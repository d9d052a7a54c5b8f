using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Writing;
using Npgsql;

namespace Holdfast.FailoverBench.Faults;

/// <summary>
/// A client that sticks to one server, over a session opened before the fault: asks a thawed former primary again and again to commit a
/// row. Whatever it acknowledges while another is primary is a second writer's commit.
/// </summary>
internal sealed class FormerPrimary(string connectionString, MemberPlace member, TimeProvider time) : IAsyncDisposable
{
    /// <summary>So long it is asked after the thaw.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CallDeadline = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly Abandoned _abandoned = new();
    private NpgsqlConnection? _session;
    private long _id;

    public string Member => member.Name;

    /// <summary>Ids of rows that it acknowledged.</summary>
    public IReadOnlyCollection<long> Acknowledged => _acknowledged;

    private readonly List<long> _acknowledged = [];

    /// <summary>Opens the session, while all is well.</summary>
    /// <param name="firstId">Of this probe's rows; the table is the same for all probes.</param>
    public async Task OpenAsync(long firstId, CancellationToken cancellationToken)
    {
        _id = firstId;
        _session = new NpgsqlConnection(connectionString);
        await _session.OpenAsync(cancellationToken);
    }

    /// <summary>Asks until the time is over; to be started before the thaw, so that no moment is missed.</summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < Span)
        {
            var pending = Task.CompletedTask;
            try
            {
                if (_session is null)
                {
                    if (!_abandoned.HasRoom)
                    {
                        await Task.Delay(Pause, time, cancellationToken);
                        continue;
                    }

                    _session = new NpgsqlConnection(connectionString);
                    pending = _session.OpenAsync(CancellationToken.None);
                    await pending.WaitAsync(CallDeadline, time, cancellationToken);
                }

                pending = InsertAsync(_session, ++_id);
                await pending.WaitAsync(CallDeadline, time, cancellationToken);
                _acknowledged.Add(_id);
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException or IOException)
            {
                // Refused or silent, as it should be.
                _abandoned.Take(_session!, pending);
                _session = null;
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    private static async Task InsertAsync(NpgsqlConnection connection, long id)
    {
        await using var command = new NpgsqlCommand("insert into probe (id) values ($1)", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = id } },
        };
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }
}
