using Npgsql;

namespace Holdfast.Quickstart.Writing;

/// <summary>Reads which rows the present primary has; tries again for a while, for the primary may just be changing.</summary>
internal sealed class PresentIds(AppDatabase database, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Null and a problem when the present primary could not be read.</summary>
    public async Task<(long? Lost, string? Problem)> CountLostAsync(LossCheck losses, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return (await losses.CountLostAsync(read => database.ReadIdsAsync(read, cancellationToken)), null);
            }
            catch (NpgsqlException fault) when (time.GetElapsedTime(start) > Deadline)
            {
                return (null, $"the rows on the primary could not be read: {fault.Message}");
            }
            catch (NpgsqlException)
            {
                await Task.Delay(Pause, time, cancellationToken); // tried again until the deadline
            }
        }
    }
}
