namespace Holdfast.Verification.Tests.Types;

/// <param name="Type">SQL.</param>
/// <param name="Value">SQL of the value on the reference.</param>
/// <param name="Changed">SQL of another value, chosen close to it: often one that PostgreSQL itself calls equal.</param>
public sealed record TypeCase(string Type, string Value, string Changed);

/// <summary>All of PostgreSQL 15's types that a column may have, with the changes that are easiest to overlook.</summary>
internal static class TypeCases
{
    /// <summary>Types of the test's own.</summary>
    public const string Preparation = """
        create type mood as enum ('sad', 'ok', 'happy');
        create type pair as (a int, b text);
        create type span as range (subtype = float8);
        create domain positive as numeric check (value > 0);
        create domain words as text[];
        create domain deep as positive;
        """;

    public static readonly TypeCase[] All =
    [
        new("smallint", "1", "2"), new("integer", "0", "null"), new("integer", "null", "0"),
        new("bigint", "1", "4294967297"), new("bigint", "0", "4294967297"), new("bigint", "-1", "-4294967296"), new("bigint", "5", "-6"),
        new("numeric", "1.0", "1.00"), new("numeric", "1", "-1"), new("numeric", "'NaN'", "'Infinity'"), new("numeric", "'Infinity'", "'-Infinity'"),
        new("numeric(12,2)", "10.10", "10.11"), new("numeric", "1e1000", "1e1001"),
        new("real", "0", "'-0'"), new("real", "0.1", "0.10000001"), new("real", "'NaN'", "'Infinity'"),
        new("double precision", "0", "'-0'"), new("double precision", "0.1", "0.10000000000000002"), new("double precision", "'NaN'", "null"),
        new("money", "12.34", "12.35"),
        new("boolean", "true", "false"), new("boolean", "false", "null"),
        new("text", "'a'", "'a '"), new("text", "''", "null"), new("text", "E'\\u00e9'", "E'e\\u0301'"),
        new("varchar(10)", "'x'", "'X'"), new("char(5)", "'ab'", "'abc'"), new("bpchar", "'ab'", "'ab  '"), new("\"char\"", "'a'", "'b'"), new("name", "'n'", "'m'"),
        new("bytea", "'\\x00'", "'\\x0000'"), new("bytea", "'\\x'", "null"),
        new("date", "'2024-02-29'", "'2024-03-01'"), new("date", "'infinity'", "'-infinity'"),
        new("time", "'00:00:00'", "'24:00:00'"), new("timetz", "'12:00+00'", "'13:00+01'"),
        new("timestamp", "'2024-01-01'", "'2024-01-01 01:11:34.967297'"), new("timestamp", "'infinity'", "'294276-12-31'"),
        new("timestamptz", "'2024-01-01 00:00+00'", "'2024-01-01 00:00:00.000001+00'"),
        new("interval", "'1 month'", "'30 days'"), new("interval", "'1 day'", "'24 hours'"),
        new("uuid", "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
        new("json", "'{\"a\":1}'", "'{\"a\": 1}'"), new("json", "'{\"a\":1,\"b\":2}'", "'{\"b\":2,\"a\":1}'"),
        new("jsonb", "'{\"a\":1}'", "'{\"a\":1.0}'"), new("jsonb", "'null'", "null"), new("jsonpath", "'$.a'", "'$.b'"),
        new("xml", "'<a/>'", "'<a></a>'"),
        new("bit(4)", "B'0001'", "B'0010'"), new("bit varying", "B'0'", "B'00'"),
        new("inet", "'10.0.0.1'", "'10.0.0.1/24'"), new("inet", "'::1'", "'0.0.0.1'"), new("cidr", "'10.0.0.0/8'", "'10.0.0.0/9'"),
        new("macaddr", "'08:00:2b:01:02:03'", "'08:00:2b:01:02:04'"), new("macaddr8", "'08:00:2b:01:02:03:04:05'", "'08:00:2b:01:02:03:04:06'"),
        new("point", "'(0,0)'", "'(-0,0)'"), new("line", "'{1,2,3}'", "'{2,4,6}'"), new("lseg", "'[(0,0),(1,1)]'", "'[(1,1),(0,0)]'"),
        new("box", "'(1,1),(0,0)'", "'(1,2),(0,0)'"), new("path", "'[(0,0),(1,1)]'", "'((0,0),(1,1))'"),
        new("polygon", "'((0,0),(1,0),(1,1))'", "'((0,0),(1,1),(1,0))'"), new("circle", "'<(0,0),1>'", "'<(0,0),2>'"),
        new("tsvector", "'a:1 b'", "'a:2 b'"), new("tsquery", "'a & b'", "'a | b'"),
        new("int4range", "'[1,5)'", "'[1,6)'"), new("int4range", "'empty'", "null"), new("numrange", "'[1.0,2)'", "'[1.00,2)'"), new("tstzrange", "'[2024-01-01,)'", "'(2024-01-01,)'"),
        new("daterange", "'[2024-01-01,2024-01-02)'", "'[2024-01-01,2024-01-03)'"), new("tsrange", "'(,)'", "'[2024-01-01,)'"), new("int8range", "'[1,2)'", "'[1,4294967298)'"),
        new("int4multirange", "'{[1,3),[5,7)}'", "'{[1,3),[5,8)}'"), new("nummultirange", "'{}'", "'{[1,2)}'"),
        new("oid", "1", "2"), new("xid", "'1'", "'2'"), new("xid8", "'1'", "'4294967297'"), new("cid", "'1'", "'2'"), new("tid", "'(0,1)'", "'(0,2)'"),
        new("pg_lsn", "'0/1'", "'1/0'"), new("regclass", "'pg_class'", "'pg_type'"), new("regtype", "'int4'", "'int8'"), new("regproc", "'now'", "'pi'"), new("aclitem", "'postgres=r/postgres'", "'postgres=w/postgres'"),
        new("oidvector", "'1 2'", "'1 3'"), new("int2vector", "'1 2'", "'2 1'"), new("txid_snapshot", "'10:20:10,14'", "'10:20:10,15'"), new("pg_snapshot", "'10:20:10'", "'10:21:10'"),
        new("integer[]", "'{1,2}'", "'{2,1}'"), new("integer[]", "'[0:1]={1,2}'", "'{1,2}'"), new("integer[][]", "'{{1},{2}}'", "'{{1,2}}'"), new("text[]", "'{NULL}'", "'{\"NULL\"}'"), new("float8[]", "'{0}'", "'{-0}'"),
        new("numeric[]", "'{1.0}'", "'{1.00}'"), new("json[]", "array['{}'::json]", "array['{ }'::json]"), new("bytea[]", "'{}'", "array[''::bytea]"), new("aclitem[]", "'{postgres=r/postgres}'", "'{}'"), new("interval[]", "'{1 month}'", "'{30 days}'"),
        new("mood", "'sad'", "'ok'"), new("mood[]", "'{sad,ok}'", "'{ok,sad}'"), new("pair", "'(1,x)'", "'(1,y)'"), new("pair", "'(,)'", "'(,\"\")'"), new("pair[]", "'{\"(1,a)\"}'", "'{\"(2,a)\"}'"),
        new("span", "'[0,1]'", "'[-0,1]'"), new("positive", "1.5", "1.50"), new("deep", "2", "3"), new("words", "'{a,b}'", "'{a}'"),
    ];
}
