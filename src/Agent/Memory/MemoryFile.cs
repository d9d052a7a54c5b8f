using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Memory;

/// <summary>The member's memory on disk, beside the data directory, so that it survives a re-clone. Written atomically and flushed.</summary>
public sealed class MemoryFile(string path) : IMemoryStore
{
    /// <summary>What is on disk; a fresh memory when there is no file.</summary>
    /// <exception cref="IOException">The file is there but cannot be read or understood; the message says the remedy.</exception>
    public MemberMemory Load()
    {
        if (!File.Exists(path))
        {
            return new MemberMemory();
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), MemoryContext.Default.MemberMemory) ?? throw new JsonException("it is empty");
        }
        catch (JsonException exception)
        {
            throw new IOException(
                $"{path}: the member's memory is corrupt ({exception.Message.Split('\n')[0]}); it says up to which epoch this member has acted. " +
                "Put back a good copy, or, if this member's data can be cloned anew, remove the file and the data directory", exception);
        }
    }

    /// <exception cref="IOException">Disk full, or the like: the memory is as before.</exception>
    public void Save(MemberMemory memory)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(stream, memory, MemoryContext.Default.MemberMemory);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IncludeFields = true)]
[JsonSerializable(typeof(MemberMemory))]
internal sealed partial class MemoryContext : JsonSerializerContext;
