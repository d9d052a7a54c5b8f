using System.Collections.Immutable;

namespace Holdfast.Configuration.Yaml;

/// <summary>A position in the file; both count from 1.</summary>
internal readonly record struct Mark(int Line, int Column);

/// <summary>A piece of the file with its position.</summary>
internal abstract record Node(Mark Mark)
{
    /// <summary>What it is, for people.</summary>
    public abstract string Description { get; }
}

/// <param name="IsPlain">Written without quotes.</param>
internal sealed record ScalarNode(Mark Mark, string Text, bool IsPlain) : Node(Mark)
{
    /// <summary>Nothing, or one of YAML's words for it.</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";
    public override string Description => IsNull ? "nothing" : $"'{Text}'";
}

internal sealed record ListNode(Mark Mark, ImmutableArray<Node> Items) : Node(Mark)
{
    public override string Description => "a list";
}

internal sealed record MapNode(Mark Mark, ImmutableArray<MapEntry> Entries) : Node(Mark)
{
    public override string Description => "a section with keys";
}

internal readonly record struct MapEntry(string Key, Mark KeyMark, Node Value);

/// <summary>Where something is: in the structure and in the text.</summary>
internal readonly record struct Place(string Path, Mark Mark)
{
    public Place Child(string name, Mark mark) => new(Path.Length == 0 ? name : $"{Path}.{name}", mark);
    public Place Item(int index, Mark mark) => new($"{Path}[{index}]", mark);
}
