using Npgsql;

namespace Holdfast.Quickstart.Writing;

/// <summary>Reads what the present primary has; tries again for a while, for the primary may just be changing.</summary>
/// <param name="read">Hands over each id that it has.</param>
internal sealed class PresentIds(Func<Action<long>, CancellationToken, Task> read, TimeProvider time)
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
                return (await losses.CountLostAsync(id => read(id, cancellationToken)), null);
            }
            catch (Exception fault) when (fault is NpgsqlException or IOException)
            {
                if (time.GetElapsedTime(start) > Deadline)
                {
                    return (null, $"what is on the primary could not be read: {fault.Message}");
                }

                await Task.Delay(Pause, time, cancellationToken); // tried again until the deadline
            }
        }
    }
}
