using System.Collections.Concurrent;

namespace Holdfast.Engines.Hosting;

/// <summary>
/// What small files say, read anew only when a file is another or was changed since: an idle agent asks for the same ones several times a second.
/// Thread-safe.
/// </summary>
internal sealed class FileMemory
{
    private readonly ConcurrentDictionary<(string Path, Type Meaning), Known> _known = new();

    /// <summary>What the file means, or the default when it is not there.</summary>
    /// <param name="parse">From the whole text; the same for each question about this path.</param>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public T? Read<T>(string path, Func<string, T?> parse)
    {
        var stamp = Native.Stamp(path);
        if (stamp is not null && _known.TryGetValue((path, typeof(T)), out var known) && known.Stamp == stamp)
        {
            return (T?)known.Meaning;
        }

        if (AtomicFile.ReadOrNull(path) is not { } text)
        {
            return default;
        }

        var meaning = parse(text);
        if (stamp is { } before)
        {
            // It is of before the reading: what changed in between is read again at the next question.
            _known[(path, typeof(T))] = new Known(before, meaning);
        }

        return meaning;
    }

    private sealed record Known(FileStamp Stamp, object? Meaning);
}
