using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.PlanBench.Trials;

/// <summary>How long the disk under a folder takes to have a record: a page written over and flushed, as a log segment is.</summary>
internal static class DiskFlush
{
    private const int Page = 8192;
    private const int Pages = 256;

    /// <summary>The median of many.</summary>
    public static TimeSpan Measure(string folder, int times)
    {
        var path = Path.Combine(folder, "flush.probe");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            var page = new byte[Page];
            for (var at = 0; at < Pages; at++)
            {
                RandomAccess.Write(file, page, at * (long)Page);
            }

            RandomAccess.FlushToDisk(file);
            return Medians.Of(Enumerable.Range(0, times).Select(time => Once(file, page, time)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TimeSpan Once(SafeFileHandle file, byte[] page, int time)
    {
        var begun = Stopwatch.GetTimestamp();
        RandomAccess.Write(file, page, time % Pages * (long)Page);
        RandomAccess.FlushToDisk(file);
        return Stopwatch.GetElapsedTime(begun);
    }
}
