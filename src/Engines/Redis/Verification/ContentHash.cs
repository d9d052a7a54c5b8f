using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Engines.Redis.Loss;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>
/// Sums up what belongs together but comes in no order: each part is hashed with all that tells it from the others, and the hashes are added. A sum, not
/// an exclusive-or: two equal parts must not cancel out.
/// </summary>
/// <param name="seed">Of all hashes of a run.</param>
internal struct ContentHash(long seed)
{
    private UInt128 _sum;

    public long Count { get; private set; }

    /// <summary>One part: texts of bytes, each with its length, so that they cannot trade letters.</summary>
    public void Add(params ReadOnlySpan<string> texts)
    {
        _sum += Of(seed, texts);
        Count++;
    }

    public readonly string Text => $"{_sum:x32}:{Count}";

    /// <summary>64 bits of texts that belong together.</summary>
    public static long Short(long seed, params ReadOnlySpan<string> texts) => (long)(ulong)Of(seed, texts);

    private static UInt128 Of(long seed, ReadOnlySpan<string> texts)
    {
        var length = sizeof(long);
        foreach (var text in texts)
        {
            length += sizeof(int) + text.Length;
        }

        const int OnStack = 1024;
        Span<byte> bytes = length <= OnStack ? stackalloc byte[length] : new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, seed);
        var at = sizeof(long);
        foreach (var text in texts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[at..], text.Length);
            at += sizeof(int);
            at += KeyText.Raw.GetBytes(text, bytes[at..]);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
