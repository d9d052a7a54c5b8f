using System.Globalization;
using System.Text;

namespace Holdfast.Engines.Redis.Files;

/// <summary>What a snapshot says of itself: of which replication stream it is, and how far.</summary>
/// <param name="ReplicationId">Null: the server had no stream when it wrote it.</param>
internal sealed record SnapshotHeader(string? ReplicationId, long Offset)
{
    private const byte Auxiliary = 0xFA;
    private const int MagicBytes = 9;
    private const int LongestText = 1 << 16;

    /// <summary>Null: no such file, or not a snapshot.</summary>
    public static SnapshotHeader? Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new BinaryReader(stream);
            var magic = Encoding.ASCII.GetString(reader.ReadBytes(MagicBytes));
            if (!magic.StartsWith("REDIS", StringComparison.Ordinal) && !magic.StartsWith("VALKEY", StringComparison.Ordinal))
            {
                return null;
            }

            string? id = null;
            long offset = -1;
            while (reader.ReadByte() == Auxiliary)
            {
                var name = Text(reader);
                var value = Text(reader);
                id = name == "repl-id" ? value : id;
                offset = name == "repl-offset" && long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : offset;
            }

            return new SnapshotHeader(offset < 0 ? null : id, Math.Max(0, offset));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>A string of the format: with its length before it, or an integer.</summary>
    private static string Text(BinaryReader reader)
    {
        var first = reader.ReadByte();
        switch (first >> 6)
        {
            case 0:
                return Letters(reader, first & 0x3F);
            case 1:
                return Letters(reader, ((first & 0x3F) << 8) | reader.ReadByte());
            case 2:
                return Letters(reader, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(reader.ReadInt32()));
            default:
                return (first & 0x3F) switch
                {
                    0 => reader.ReadSByte().ToString(CultureInfo.InvariantCulture),
                    1 => reader.ReadInt16().ToString(CultureInfo.InvariantCulture),
                    2 => reader.ReadInt32().ToString(CultureInfo.InvariantCulture),
                    _ => throw new InvalidDataException("compressed"),
                };
        }
    }

    private static string Letters(BinaryReader reader, int bytes) =>
        bytes is >= 0 and <= LongestText ? Encoding.UTF8.GetString(reader.ReadBytes(bytes)) : throw new InvalidDataException("too long");
}
