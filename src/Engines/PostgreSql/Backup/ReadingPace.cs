using System.Globalization;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>
/// Keeps the copiers of a backup to a number of bytes read per second, all together. pgBackRest knows no such limit, so they are stopped for a
/// moment whenever they have been faster. The program that they work for goes on, and waits for them.
/// </summary>
internal sealed class ReadingPace(long perSecond, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    /// <summary>Below this, stopping costs more than it evens out.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(50);
    /// <summary>Far below what a copier's partners wait for it.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);
    private readonly Dictionary<int, long> _read = [];

    /// <summary>By how much they are ahead. Time in which they were slower gives them nothing in advance.</summary>
    /// <param name="ahead">Before.</param>
    /// <param name="read">Bytes since then.</param>
    /// <param name="passed">Since then.</param>
    internal static TimeSpan Ahead(TimeSpan ahead, long read, TimeSpan passed, long perSecond)
    {
        var now = ahead + TimeSpan.FromSeconds((double)read / perSecond) - passed;
        return now > TimeSpan.Zero ? now : TimeSpan.Zero;
    }

    /// <summary>Until it is ended; then nobody is left stopped.</summary>
    /// <param name="program">Whose children copy.</param>
    public async Task FollowAsync(int program, CancellationToken end)
    {
        var (ahead, looked) = (TimeSpan.Zero, time.GetTimestamp());
        List<int> held = [];
        try
        {
            while (true)
            {
                var hold = ahead > Least ? ahead < Most ? ahead : Most : TimeSpan.Zero;
                if (hold > TimeSpan.Zero)
                {
                    held = ProcFs.ChildrenOf([program]);
                    held.ForEach(pid => Native.Signal(pid, Native.Stop));
                }

                await Task.Delay(hold > TimeSpan.Zero ? hold : Look, time, end);
                held.ForEach(pid => Native.Signal(pid, Native.Continue));
                held = [];
                ahead = Ahead(ahead, Read(program), time.GetElapsedTime(looked), perSecond);
                looked = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
        finally
        {
            held.ForEach(pid => Native.Signal(pid, Native.Continue));
        }
    }

    /// <summary>What they have read since the last time.</summary>
    private long Read(int program)
    {
        var sum = 0L;
        foreach (var pid in ProcFs.ChildrenOf([program]))
        {
            if (Bytes(pid) is { } bytes)
            {
                sum += bytes - _read.GetValueOrDefault(pid);
                _read[pid] = bytes;
            }
        }

        return sum;
    }

    private static long? Bytes(int pid)
    {
        const string Name = "rchar: ";
        try
        {
            return long.Parse(File.ReadLines($"/proc/{pid}/io").First(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..],
                CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // It has ended.
        }
    }
}
