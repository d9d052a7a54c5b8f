using System.Collections.Immutable;
using System.Security.Cryptography;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Facts;

/// <summary>
/// Measures how long the disk takes for a page of log: writes over a page of a small file and flushes it, as the server does on a commit. It is
/// measured on the file system that the log is on, for that is what a commit waits for.
/// </summary>
internal sealed class FlushMeter(Layout layout, TimeProvider time)
{
    /// <summary>
    /// PostgreSQL's own prefix for temporary files: should the file lie in the log's directory, then neither the server nor a backup or rewind of
    /// it takes any notice.
    /// </summary>
    public const string FileName = "pgsql_tmp_holdfast_probe";
    public const int MostSamples = 100;

    private const int PageBytes = 8192;
    /// <summary>Of the file, which is allocated before: a log is written over, not extended.</summary>
    private const int Pages = 16;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private int _busy;

    /// <returns>Milliseconds for each page; at least one.</returns>
    /// <exception cref="EngineException">It cannot be measured; the message says why.</exception>
    public async Task<ImmutableArray<double>> RunAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new EngineException($"an earlier flush to the disk of {layout.Data} has not come back: see whether that disk works");
        }

        // A thread of its own: a flush blocks the thread that asks for it, and a disk that hangs never gives it back.
        var measuring = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return Measure(Place(), cancellationToken);
                }
                finally
                {
                    Volatile.Write(ref _busy, 0);
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        LeftBehind.Forget(measuring);
        try
        {
            return await measuring.WaitAsync(AnswerLimit, time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new EngineException(
                $"the disk of {layout.Data} has not flushed a page within {AnswerLimit.TotalSeconds:0} s: see whether it works", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                $"the disk of {layout.Data} cannot be measured: {DiskFault.Describe(layout.Data) ?? exception.Message}", exception);
        }
    }

    /// <summary>Removes what a run left behind that was interrupted by the end of the agent.</summary>
    public void RemoveLeftovers(Action<string> log)
    {
        foreach (var path in (ReadOnlySpan<string>)[Path.Combine(layout.Own, FileName), Path.Combine(layout.Log, FileName)])
        {
            try
            {
                if (File.Exists(path))
                {
                    File.Delete(path);
                    log($"removed {path}, which an interrupted measurement left behind");
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                log($"cannot remove {path}, which an interrupted measurement left behind ({exception.Message}): remove it");
            }
        }
    }

    /// <summary>In Holdfast's own folder where that is on the log's file system, else in the log's directory.</summary>
    private string Place()
    {
        if (File.Exists(layout.IncompleteMarker) || Native.Identify(layout.Log) is not { } log)
        {
            throw new EngineException($"there is no whole data directory at {layout.Data}, so its disk was not measured: measure again when it is there");
        }

        return Path.Combine(Native.Identify(layout.Own)?.Device == log.Device ? layout.Own : layout.Log, FileName);
    }

    private ImmutableArray<double> Measure(string path, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        if (DiskFault.Describe(path) is { } full)
        {
            throw new EngineException(full);
        }

        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = AtomicFile.OwnerOnly,
                BufferSize = 0,
            });
            // Not zeros: a file system that compresses would write nothing.
            var page = RandomNumberGenerator.GetBytes(PageBytes);
            for (var at = 0; at < Pages; at++)
            {
                RandomAccess.Write(file.SafeFileHandle, page, (long)at * PageBytes);
            }

            file.Flush(flushToDisk: true);
            var samples = ImmutableArray.CreateBuilder<double>(MostSamples);
            TimeSpan pause;
            do
            {
                var start = time.GetTimestamp();
                RandomAccess.Write(file.SafeFileHandle, page, (long)(samples.Count % Pages) * PageBytes);
                Native.FlushData(file.SafeFileHandle);
                pause = time.GetElapsedTime(start);
                samples.Add(pause.TotalMilliseconds);
            }
            // As long a pause as each flush took leaves a slow disk to the server for half of the time.
            while (samples.Count < MostSamples && time.GetElapsedTime(begun) + pause < TimeLimit && !cancellationToken.WaitHandle.WaitOne(pause));
            return samples.ToImmutable();
        }
        finally
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }
}
