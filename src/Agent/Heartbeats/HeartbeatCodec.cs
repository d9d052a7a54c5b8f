using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Heartbeats;

/// <summary>Why a datagram was not taken.</summary>
internal enum DatagramFault { None, Malformed, Forged }

/// <summary>
/// A heartbeat as a datagram: four bytes that name the format, an HMAC-SHA-256 over the rest, JSON. The HMAC is checked before the JSON is
/// looked at, so that only somebody who has the token can reach the parser.
/// </summary>
internal sealed class HeartbeatCodec
{
    /// <summary>Fits one unfragmented frame on every ordinary link; a lost fragment would lose the whole heartbeat.</summary>
    public const int MaxBytes = 1400;

    private const int MacBytes = HMACSHA256.HashSizeInBytes;
    private const int HeaderBytes = 4 + MacBytes;
    private readonly byte[] _key;

    public HeartbeatCodec(byte[] key) => _key = key;

    private static ReadOnlySpan<byte> Magic => "HFB1"u8;

    /// <summary>The key that all agents of a store derive alike.</summary>
    public static HeartbeatCodec For(SystemSpec system, StoreSpec store)
    {
        var loopbackOnly = store.Members.Values.All(member => member.Agent.IsLoopback);
        Invariant.Check(
            system.Security.Token is not null || loopbackOnly, "heartbeats between hosts are signed with a token; the configuration must have one");

        // On loopback without a token the name keeps systems apart; it is no secret, and there is no network to protect against.
        var material = Encoding.UTF8.GetBytes(system.Security.Token?.Reveal() ?? system.Name);
        var purpose = Encoding.UTF8.GetBytes($"holdfast/heartbeat/{system.Name}/{store.Name}");
        return new HeartbeatCodec(HKDF.DeriveKey(HashAlgorithmName.SHA256, material, MacBytes, salt: null, info: purpose));
    }

    /// <summary>Null when it does not fit even without the words for people and the echo; names that long do not pass the configuration.</summary>
    public byte[]? Encode(Heartbeat heartbeat)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(heartbeat, HeartbeatJson.Default.Heartbeat);
        if (HeaderBytes + json.Length > MaxBytes)
        {
            json = JsonSerializer.SerializeToUtf8Bytes(heartbeat with { Job = null }, HeartbeatJson.Default.Heartbeat);
        }

        if (HeaderBytes + json.Length > MaxBytes)
        {
            json = JsonSerializer.SerializeToUtf8Bytes(heartbeat with { Job = null, Echo = null }, HeartbeatJson.Default.Heartbeat);
        }

        if (HeaderBytes + json.Length > MaxBytes)
        {
            return null;
        }

        var datagram = new byte[HeaderBytes + json.Length];
        Magic.CopyTo(datagram);
        json.CopyTo(datagram.AsSpan(HeaderBytes));
        HMACSHA256.HashData(_key, json, datagram.AsSpan(Magic.Length, MacBytes));
        return datagram;
    }

    /// <summary>Never throws, whatever came in.</summary>
    public DatagramFault Decode(ReadOnlySpan<byte> datagram, out Heartbeat? heartbeat)
    {
        heartbeat = null;
        if (datagram.Length <= HeaderBytes || datagram.Length > MaxBytes || !datagram.StartsWith(Magic))
        {
            return DatagramFault.Malformed;
        }

        Span<byte> expected = stackalloc byte[MacBytes];
        var json = datagram[HeaderBytes..];
        HMACSHA256.HashData(_key, json, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, datagram.Slice(Magic.Length, MacBytes)))
        {
            return DatagramFault.Forged;
        }

        try
        {
            heartbeat = Tidy(JsonSerializer.Deserialize(json, HeartbeatJson.Default.Heartbeat));
        }
        catch (JsonException)
        {
            return DatagramFault.Malformed;
        }

        return heartbeat is null ? DatagramFault.Malformed : DatagramFault.None;
    }

    /// <summary>Null for a text without its names; states that only a newer version knows become unknown.</summary>
    private static Heartbeat? Tidy(Heartbeat? heartbeat) =>
        heartbeat is null || heartbeat.System is null || heartbeat.Store is null || heartbeat.Member is null || heartbeat.Incarnation is null
            ? null
            : heartbeat with
            {
                Data = Enum.IsDefined(heartbeat.Data) ? heartbeat.Data : DataState.Unknown,
                Process = Enum.IsDefined(heartbeat.Process) ? heartbeat.Process : ProcessState.Unknown,
                Role = Enum.IsDefined(heartbeat.Role) ? heartbeat.Role : MemberRole.Unknown,
                Echo = heartbeat.Echo is { Incarnation: not null } echo ? echo : null,
            };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 4,
    Converters = [typeof(LogPositionConverter), typeof(LsnConverter)])]
[JsonSerializable(typeof(Heartbeat))]
internal sealed partial class HeartbeatJson : JsonSerializerContext;

/// <summary><c>0/3000148</c>, as people know it.</summary>
internal sealed class LsnConverter : JsonConverter<Lsn>
{
    public override Lsn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Lsn.TryParse(reader.GetString(), out var lsn) ? lsn : throw new JsonException("not an LSN");

    public override void Write(Utf8JsonWriter writer, Lsn value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Timeline and LSN: <c>3:0/3000148</c>.</summary>
internal sealed class LogPositionConverter : JsonConverter<LogPosition>
{
    public override LogPosition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var parts = reader.TokenType == JsonTokenType.String ? reader.GetString()!.Split(':') : [];
        return parts.Length == 2 && uint.TryParse(parts[0], out var timeline) && Lsn.TryParse(parts[1], out var lsn)
            ? new LogPosition(timeline, lsn)
            : throw new JsonException("not a log position");
    }

    public override void Write(Utf8JsonWriter writer, LogPosition value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
