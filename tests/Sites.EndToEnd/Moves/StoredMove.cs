using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Moves;

/// <summary>A move as it is stored in the global scope, as far as tests look at it.</summary>
public sealed record StoredMove
{
    public string Id { get; init; } = "";
    public string To { get; init; } = "";
    public string State { get; init; } = "";
    public string? Result { get; init; }
    public ImmutableArray<SeenStep> Steps { get; init; } = [];

    public bool IsRunning => State == "running";

    public SeenStep? Current => Steps.FirstOrDefault(step => step.State is "pending" or "running");

    public SeenStep Step(string name) => Steps.Single(step => step.Step == name);

    public static StoredMove Read(string text) => JsonSerializer.Deserialize<StoredMove>(text, JsonSerializerOptions.Web)!;

    public override string ToString() =>
        $"{Id} to {To} {State}{(Result is null ? "" : $" ({Result})")}: {string.Join(", ", Steps.Select(step => $"{step.Step} {step.State}{(step.TookMs is { } took ? $" {took} ms" : "")}"))}";
}
