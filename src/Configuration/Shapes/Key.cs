namespace Holdfast.Configuration.Shapes;

/// <summary>One row of the table of keys.</summary>
internal abstract class Key(string name, string meaning)
{
    public string Name { get; } = name;

    /// <summary>For the reference and for editors; whole sentences.</summary>
    public string Meaning { get; } = meaning;

    public bool IsRequired { get; init; }

    /// <summary>A value to show when it is missing, and in the reference.</summary>
    public string? Example { get; init; }

    /// <summary>What holds when the key is not given, where that is not a fixed value: "host of `address`, port 8008".</summary>
    public string? DefaultInWords { get; init; }

    public abstract Shape Shape { get; }

    /// <summary>The default as a user would write it; null: none.</summary>
    public abstract string? DefaultText { get; }

    public abstract System.Text.Json.Nodes.JsonNode? DefaultJson { get; }
}

/// <summary>A key whose values are <typeparamref name="T"/>.</summary>
internal sealed class Key<T>(string name, Shape<T> shape, string meaning) : Key(name, meaning)
    where T : notnull
{
    private readonly T? _default;
    private readonly bool _hasDefault;

    /// <summary>What holds when the key is not given.</summary>
    public T? Default
    {
        get => _default;
        init
        {
            _default = value;
            _hasDefault = true;
        }
    }

    public override Shape Shape => shape;
    public override string? DefaultText => _hasDefault ? shape.Format(_default!) : null;
    public override System.Text.Json.Nodes.JsonNode? DefaultJson => _hasDefault ? shape.FormatJson(_default!) : null;
}
