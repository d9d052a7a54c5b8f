using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Agent.Guarding;

/// <summary>What the agent can ask of the guard.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GuardVerb>))]
internal enum GuardVerb { Ping, Arm, Pet, Disarm, Watchdog, Leave }

/// <summary>One datagram to the guard.</summary>
internal sealed record GuardRequest
{
    /// <summary>Echoed, so that a late answer is not taken for another one's.</summary>
    public required long Id { get; init; }
    /// <summary>Name, in the guard's folder, of the socket that waits for the answer.</summary>
    public required string ReplyTo { get; init; }
    public required GuardVerb Verb { get; init; }
    /// <summary>Arm and pet: when to kill, in ticks of 100 ns on the boot clock.</summary>
    public long DeadlineTicks { get; init; }
    public int Pid { get; init; }
    public ulong StartTime { get; init; }
    /// <summary>Watchdog: the device; null: none.</summary>
    public string? Device { get; init; }
}

/// <summary>One datagram back.</summary>
internal sealed record GuardReply
{
    public required long Id { get; init; }
    /// <summary>Null: done. Otherwise why not.</summary>
    public string? Problem { get; init; }
    public required int Pid { get; init; }
    public required string Version { get; init; }
    public bool Armed { get; init; }
    public long DeadlineTicks { get; init; }
    public bool Fired { get; init; }
}

/// <summary>What the guard writes down when it has killed a server.</summary>
internal sealed record GuardFired
{
    /// <summary>UTC, for people.</summary>
    public required DateTimeOffset At { get; init; }
    public required int Postmaster { get; init; }
    /// <summary>How long after the deadline the kill began.</summary>
    public required double LateMs { get; init; }
    public required int[] Killed { get; init; }
    /// <summary>Processes that did not end; empty: the server is gone.</summary>
    public required int[] Remaining { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, MaxDepth = 4)]
[JsonSerializable(typeof(GuardRequest))]
[JsonSerializable(typeof(GuardReply))]
[JsonSerializable(typeof(GuardFired))]
internal sealed partial class GuardJson : JsonSerializerContext;
