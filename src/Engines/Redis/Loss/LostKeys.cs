using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engines.Hosting;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>A key that the present primary lacked when it was compared, or had otherwise.</summary>
/// <param name="Database">Its number.</param>
/// <param name="Key">As <see cref="KeyText.Tell"/> writes it.</param>
/// <param name="WasThere">The present primary had it, with another value.</param>
internal sealed record LostKey(string Database, string Key, bool WasThere);

/// <summary>
/// All such keys of a salvage, in a file beside it, also those beyond what a report lists: a restore goes by it, and not by all that was salvaged, so that
/// what the present primary had and has removed since stays removed.
/// </summary>
internal sealed partial class LostKeys : IAsyncDisposable
{
    private const string Name = "lost-keys.jsonl";
    private readonly FileStream _file;

    private LostKeys(FileStream file) => _file = file;

    /// <param name="fromSnapshot">The salvaged data are to be read from their snapshot, not from their log.</param>
    public static LostKeys Create(string directory, bool fromSnapshot)
    {
        var file = LossFiles.Create(Path.Combine(directory, Name));
        JsonSerializer.Serialize(file, new Head(fromSnapshot), LostKeysJson.Default.Head);
        file.WriteByte((byte)'\n');
        return new LostKeys(file);
    }

    public async Task WriteAsync(LostKey key, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(_file, key, LostKeysJson.Default.LostKey, cancellationToken);
        _file.WriteByte((byte)'\n');
    }

    public void Flush() => _file.Flush(flushToDisk: true);

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    /// <summary>Whether the data are to be read from their snapshot. Null: there is no such file.</summary>
    public static bool? BeginWithSnapshot(string directory)
    {
        var path = Path.Combine(directory, Name);
        return File.Exists(path) && File.ReadLines(path).FirstOrDefault() is { } line
            ? JsonSerializer.Deserialize(line, LostKeysJson.Default.Head)?.FromSnapshot : null;
    }

    public static async IAsyncEnumerable<LostKey> ReadAsync(string directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isHead = true;
        await foreach (var line in File.ReadLinesAsync(Path.Combine(directory, Name), cancellationToken))
        {
            if (!isHead)
            {
                yield return JsonSerializer.Deserialize(line, LostKeysJson.Default.LostKey) ?? throw new JsonException("a line is null");
            }

            isHead = false;
        }
    }

    private sealed record Head(bool FromSnapshot);

    [JsonSerializable(typeof(Head))]
    [JsonSerializable(typeof(LostKey))]
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    private sealed partial class LostKeysJson : JsonSerializerContext;
}
