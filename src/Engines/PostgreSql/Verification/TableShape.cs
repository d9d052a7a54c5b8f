using System.Collections.Immutable;
using Holdfast.Verification.Relations;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <param name="Type">Quoted name of the base type.</param>
internal sealed record KeyColumn(HashedColumn Column, string Type);

/// <summary>A relation as this server's catalogue has it, with all that is needed to write SQL about it. Nothing in it comes from outside.</summary>
internal sealed record TableShape(Relation Relation, ImmutableArray<HashedColumn> Columns, ImmutableArray<KeyColumn> Key)
{
    public bool HasKey => !Key.IsEmpty;
    public string Quoted => Quote.Name(Relation.Name.Schema, Relation.Name.Name);
    /// <summary>Its own rows only: those of partitions and heirs are compared with them.</summary>
    public string From => $"ONLY {Quoted} AS t";
    public string KeyList => string.Join(", ", Key.Select(key => key.Column.Value));
}
