using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>A value with its place, so that a rule can point at it.</summary>
internal readonly record struct Located<T>(T Value, Place Place);

/// <summary>A value that stands under a name of the user's choice.</summary>
internal sealed record Entry<T>(string Name, Place Place, T Value);

/// <summary>A section as read: the good values by key. What was wrong has been told and is absent here.</summary>
internal sealed class Section(Place place)
{
    private readonly Dictionary<Key, (object? Value, Place Place)> _values = [];

    public Place Place { get; } = place;

    public void Set(Key key, object? value, Place at) => _values[key] = (value, at);

    /// <summary>The user wrote this key, rightly or wrongly.</summary>
    public bool IsGiven(Key key) => _values.ContainsKey(key);

    /// <summary>Where the key is, or where it would have to be.</summary>
    public Place PlaceOf(Key key) => _values.TryGetValue(key, out var found) ? found.Place : Place.Child(key.Name, Place.Mark);

    /// <summary>The value if the user gave a good one.</summary>
    public bool TryGet<T>(Key<T> key, [MaybeNullWhen(false)] out T value)
        where T : notnull
    {
        value = _values.TryGetValue(key, out var found) && found.Value is T good ? good : default;
        return found.Value is T;
    }

    /// <summary>The user's value, or else the key's default (null for a class without one).</summary>
    public T? Get<T>(Key<T> key)
        where T : notnull => TryGet(key, out var value) ? value : key.Default;

    /// <summary>A list or map: empty when not given.</summary>
    public ImmutableArray<T> All<T>(Key<ImmutableArray<T>> key) => TryGet(key, out var value) ? value : [];

    /// <summary>A section: an empty one when not given, so that its defaults hold.</summary>
    public Section Sub(Key<Section> key) => TryGet(key, out var value) ? value : new Section(PlaceOf(key));

    /// <summary>A value that the validation has made sure of.</summary>
    public T Require<T>(Key<T> key)
        where T : notnull => TryGet(key, out var value) ? value : throw new InvalidOperationException($"{Place.Path}.{key.Name} was not validated");
}
