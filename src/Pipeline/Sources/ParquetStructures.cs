namespace Pggan.Pipeline;

/// <summary>The structures that describe a Parquet file, from the format's parquet.thrift.</summary>
internal static class ParquetStructures
{
    private static readonly IReadOnlyDictionary<string, ThriftStructure> All = ThriftStructure.Parse(
        """
        FileMetaData int SchemaElement* int RowGroup* KeyValue* text ColumnOrder* EncryptionAlgorithm text
        SchemaElement int int int text int int int int int LogicalType
        LogicalType Empty Empty Empty Empty Decimal Empty Time Time - Integer Empty Empty Empty Empty Empty Variant Geometry Geography
        Decimal int int
        Time flag TimeUnit
        TimeUnit Empty Empty Empty
        Integer byte flag
        Variant byte
        Geometry text
        Geography text int
        RowGroup ColumnChunk* int int SortingColumn* int int int
        SortingColumn int flag flag
        ColumnChunk text int ColumnMetaData int int int int ColumnCryptoMetaData text
        ColumnMetaData int int* text* int int int int KeyValue* int int int Statistics PageEncodingStats* int int SizeStatistics GeospatialStatistics
        Statistics text text int int text text flag flag
        PageEncodingStats int int int
        SizeStatistics int int* int*
        GeospatialStatistics BoundingBox int*
        BoundingBox double double double double double double double double
        KeyValue text text
        ColumnOrder Empty
        ColumnCryptoMetaData Empty EncryptionWithColumnKey
        EncryptionWithColumnKey text* text
        EncryptionAlgorithm AesGcm AesGcm
        AesGcm text text flag
        PageHeader int int int int DataPageHeader Empty DictionaryPageHeader DataPageHeaderV2
        DataPageHeader int int int int Statistics
        DictionaryPageHeader int int flag
        DataPageHeaderV2 int int int int int int flag Statistics
        Empty
        """,
        tree: "SchemaElement",
        children: 5);

    /// <summary>The footer.</summary>
    public static ThriftStructure File => All["FileMetaData"];

    /// <summary>What stands before a page.</summary>
    public static ThriftStructure Page => All["PageHeader"];
}
